using HardenedService.Platform.RateLimiting;
using HardenedService.Platform.Security;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Organizations;

/// <summary>How many mails organizations send to people who have not asked for any.</summary>
internal sealed class InvitationLimits(AttemptLimiter limiter, IOptions<InvitationOptions> options)
{
    /// <summary>Before an invitation is mailed.</summary>
    /// <exception cref="AttemptRefusedException">There have been too many.</exception>
    public async Task InviteAsync(Session session, string normalizedEmail, CancellationToken cancel) =>
        (await limiter.ReserveAsync(
            [
                new AttemptWindow("invitations_address", normalizedEmail, options.Value.PerAddress),
                new AttemptWindow("invitations_organization", $"{session.OrganizationId}", options.Value.PerOrganization),
                new AttemptWindow("invitations_person", $"{session.UserId}", options.Value.PerOrganization),
            ],
            cancel)).OrThrow();
}
