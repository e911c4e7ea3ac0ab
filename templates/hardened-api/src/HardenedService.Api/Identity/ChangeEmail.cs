using System.ComponentModel.DataAnnotations;
using System.Globalization;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Asks for another address.</summary>
/// <param name="NewEmail">The new one, which a mail goes to.</param>
public sealed record ChangeEmailRequest([property: Required, MailAddress] string NewEmail);

internal static class ChangeEmail
{
    /// <summary>Asks for another address</summary>
    /// <remarks>
    /// Nothing changes until the link in the mail to the new address is followed; the old one is told at once. The answer is the same if the
    /// new address has an account already, and so is the work: its owner is told so, and gets no link.
    /// </remarks>
    public static async Task<Results<Accepted<Empty>, ProblemHttpResult>> Handle(
        ChangeEmailRequest request,
        Session session,
        HttpContext context,
        AccountLimits limits,
        UserManager<Account> accounts,
        OneTimeTokens tokens,
        SessionStore sessions,
        AccountMails mails,
        Mailer mailer,
        AuditTrail audit,
        UnitOfWork work,
        CancellationToken cancel)
    {
        await limits.ChangeEmailAsync(session.UserId, request.NewEmail, context.Connection, cancel);

        await using var transaction = await work.BeginAsync(cancel);

        // A session that was ended meanwhile, by a reset for instance, asks for nothing any more.
        if (await sessions.HoldAsync(session.UserId, session.Id, cancel) is not { } epoch)
        {
            return Problems.Unauthenticated.Result();
        }

        // One that only waits to be confirmed is no obstacle: somebody else's registration must not keep an address from its owner.
        var isTaken = await accounts.FindByEmailAsync(request.NewEmail) is { EmailConfirmed: true } owner && owner.Id != session.UserId;
        var asking = string.Create(CultureInfo.InvariantCulture, $"{session.Id} {epoch}");
        var token = await tokens.IssueMailedAsync(TokenPurpose.ChangeEmail, session.UserId, request.NewEmail, asking, cancel);

        await mailer.SendLatestAsync(
            isTaken ? AccountMails.Registered : $"{AccountMails.NewAddress} {asking}",
            isTaken ? mails.AlreadyRegistered(request.NewEmail) : mails.ConfirmNewAddress(request.NewEmail, token),
            cancel);
        await mailer.SendAsync(mails.AddressChangeAsked(session.Email, request.NewEmail), cancel);
        await audit.WriteAsync(new(AuditActions.EmailChangeAsked, session.UserId) { Email = request.NewEmail }, cancel);
        await transaction.CommitAsync();

        return TypedResults.Accepted((string?)null, new Empty());
    }

    /// <summary>Who asked, as the token remembers it: the session, and the epoch that it was asked in.</summary>
    public static (Guid SessionId, int Epoch) Asked(string state) =>
        state.Split(' ') is [var session, var epoch]
            ? (Guid.Parse(session, CultureInfo.InvariantCulture), int.Parse(epoch, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException("The state of a change of address names a session and an epoch.");
}
