using System.Globalization;
using System.Reflection;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Mail;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Organizations;

/// <summary>The mails about organizations. Their texts are the files in the folder Mails: the first line is the subject.</summary>
internal sealed class InvitationMails(IOptions<ServiceOptions> service, MailTemplates templates)
{
    /// <summary>Invites somebody, whether they have an account or not.</summary>
    /// <param name="to">The invited address.</param>
    /// <param name="organization">The organization's name, which its people chose.</param>
    /// <param name="inviter">The address of who invites.</param>
    /// <param name="token">What the invitation is accepted with.</param>
    /// <param name="expiresAt">How long it can be.</param>
    public MailMessage Invitation(string to, string organization, string inviter, string token, DateTime expiresAt) =>
        templates.Render(
            Assembly.GetExecutingAssembly(),
            "invitation.txt",
            to,
            ("link", service.Value.Link($"accept-invitation#token={token}")),
            ("organization", organization),
            ("inviter", inviter),
            ("end", expiresAt.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)));
}
