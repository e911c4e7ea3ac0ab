using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Identity;

/// <summary>Confirms a new address.</summary>
/// <param name="Token">The token that was mailed to it.</param>
public sealed record ConfirmEmailChangeRequest([property: Required, MaxLength(OpaqueToken.MaxLength)] string Token);

internal static class ConfirmEmailChange
{
    /// <summary>Confirms a new address</summary>
    /// <remarks>
    /// From now on it is the account's. The session that asked for it goes on; all others end, and links that went to the old address are
    /// worth nothing, which is told. If the address has got an account in the meantime, the link is worth nothing either.
    /// </remarks>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        ConfirmEmailChangeRequest request,
        UserManager<Account> accounts,
        OneTimeTokens tokens,
        SessionStore sessions,
        AccountMails mails,
        Mailer mailer,
        AuditTrail audit,
        IdentityDb db,
        UnitOfWork work,
        CancellationToken cancel)
    {
        if (await tokens.FindAsync(TokenPurpose.ChangeEmail, request.Token, cancel) is not { AccountId: { } id, Email: { } email, State: { } state })
        {
            return Problems.InvalidToken.Result();
        }

        var normalizedEmail = accounts.NormalizeEmail(email);
        await using var transaction = await work.BeginAsync(cancel);
        await db.LockAddressAsync(normalizedEmail, cancel);

        // Before the token, for it locks the account, in the order of all changes: session, account, tokens.
        var asked = ChangeEmail.Asked(state);
        await sessions.EndAllAsync(id, except: asked.SessionId, cancel);

        // Whatever has ended all sessions since it was asked for has stopped it, too. What was done just now counts for one.
        if (await sessions.HoldAsync(id, sessionId: null, cancel) != asked.Epoch + 1
            || !await tokens.RedeemAsync(TokenPurpose.ChangeEmail, request.Token, cancel)
            || await accounts.FindByIdAsync(id) is not { DisabledAt: null } account)
        {
            return Problems.InvalidToken.Result();
        }

        // A registration that waits to be confirmed gives way: here is somebody who reads the mailbox.
        await db.Users
            .Where(other => other.NormalizedEmail == normalizedEmail && !other.EmailConfirmed && other.DisabledAt == null && other.Id != id)
            .ExecuteDeleteAsync(cancel);

        if (await accounts.FindByEmailAsync(email) is { } owner && owner.Id != id)
        {
            return Problems.InvalidToken.Result();
        }

        var formerEmail = account.Email!;
        await tokens.RevokeAllAsync(id, cancel);
        account.Email = email;
        (await accounts.UpdateAsync(account)).ThrowIfFailed();
        await mailer.SendAsync(mails.AddressChanged(formerEmail, email), cancel);
        await audit.WriteAsync(new(AuditActions.EmailChanged, id) { ActorId = id, Email = email }, cancel);
        await transaction.CommitAsync();

        return TypedResults.NoContent();
    }
}
