using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.RateLimiting;

namespace HardenedService.Api.Organizations;

/// <summary>How people are invited to organizations. Section <c>Invitations</c>.</summary>
internal sealed record InvitationOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Invitations";

    /// <summary>How long an invitation can be accepted, an hour to 90 days. Default: 7 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "90.00:00:00")]
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Invitations to one address, by all organizations together. Default: 5 in an hour.</summary>
    public AttemptLimit PerAddress { get; init; } = new() { Attempts = 5, Window = TimeSpan.FromHours(1) };

    /// <summary>Invitations by one organization; and by one person, in all of theirs. Default: 50 in an hour.</summary>
    public AttemptLimit PerOrganization { get; init; } = new() { Attempts = 50, Window = TimeSpan.FromHours(1) };
}
