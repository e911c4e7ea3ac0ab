using HardenedService.Platform.Auditing;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

/// <summary>The last step of every way to sign in, in the transaction at hand.</summary>
internal sealed class NewSession(SessionStore sessions, KnownNetworks networks, AccountMails mails, Mailer mailer, AuditTrail audit)
{
    /// <summary>Begins a session for who has proved who they are, as the account was read before the proof was looked at.</summary>
    public Task<Created<SessionAnswer>?> BeginAsync(
        Account account, SessionTransport transport, SessionAssurance assurance, HttpContext context, CancellationToken cancel) =>
        BeginAsync(account.Id, account.SessionEpoch, transport, assurance, context, cancel);

    /// <summary>
    /// Begins a session in place of the one that the request came with, if any, so that no token survives a sign-in (ASVS 7.2.4). The owner
    /// is told of a network that the account was not used from before.
    /// </summary>
    /// <param name="accountId">Who has proved who they are.</param>
    /// <param name="epoch">The account's session epoch as it was before the first proof was looked at, in this request or an earlier one.</param>
    /// <param name="transport">How the token will travel.</param>
    /// <param name="assurance">How they proved it.</param>
    /// <param name="context">The request.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The answer, with the cookie set; null if the account was disabled, or its sessions ended, in the meantime.</returns>
    public async Task<Created<SessionAnswer>?> BeginAsync(
        Guid accountId, int epoch, SessionTransport transport, SessionAssurance assurance, HttpContext context, CancellationToken cancel)
    {
        // What has no cookie set does not touch the one that the browser has.
        if (context.Features.Get<Session>() is { } former && former.Transport == transport)
        {
            await sessions.EndAsync(former.UserId, former.Id, cancel);
        }

        var issued = await sessions.CreateAsync(accountId, epoch, SessionClient.Of(context, transport), assurance, cancel);

        if (issued is null)
        {
            return null;
        }

        if (await networks.RememberAsync(accountId, context.Connection.Network(), cancel))
        {
            await mailer.SendAsync(mails.NewDevice(issued.Session.Email, context.Connection.Address()), cancel);
        }

        await audit.WriteAsync(new(AuditActions.SignedIn, accountId) { Session = issued.Session }, cancel);

        return TypedResults.Created("/v1/sessions/current", SessionAnswer.Of(issued, context.Response));
    }
}
