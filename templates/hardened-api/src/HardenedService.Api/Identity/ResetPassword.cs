using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Sets a new password by a mailed link.</summary>
/// <param name="Token">The token that was mailed.</param>
/// <param name="NewPassword">The new password.</param>
public sealed record ResetPasswordRequest(
    [property: Required, MaxLength(OpaqueToken.MaxLength)] string Token,
    [property: Required, NewPassword(PasswordPolicy.MinLengthWithMfa)] string NewPassword);

internal static class ResetPassword
{
    /// <summary>Sets a new password by a mailed link</summary>
    /// <remarks>
    /// It ends every session and whatever else is under way for the account, and signs nobody in: a second factor is asked for as ever. The
    /// link works once, for the address that it was mailed to, and one refusal covers all the ways in which it can be worth nothing.
    /// </remarks>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        ResetPasswordRequest request,
        HttpContext context,
        AccountLimits limits,
        UserManager<Account> accounts,
        Passwords passwords,
        PasswordPolicy policy,
        OneTimeTokens tokens,
        AccountAccess access,
        KnownNetworks networks,
        AccountMails mails,
        Mailer mailer,
        AuditTrail audit,
        IdentityDb db,
        UnitOfWork work,
        CancellationToken cancel)
    {
        // Looked at before it is used up: a password that is refused leaves it as it is, and junk is not worth a hash.
        var token = await tokens.FindAsync(TokenPurpose.Reset, request.Token, cancel);
        var account = token is { AccountId: { } id } ? await work.ReadAsync(() => accounts.FindByIdAsync(id), cancel) : null;

        if (account is null)
        {
            return Problems.InvalidToken.Result();
        }

        if (await policy.CheckAsync(request.NewPassword, account.Email!, account.TwoFactorEnabled, cancel) is { } fault)
        {
            return Problems.Invalid("newPassword", fault);
        }

        var hash = await passwords.HashAsync(request.NewPassword, cancel);

        await using var transaction = await work.BeginAsync(cancel);

        // The conditions in the statement are the lock. In the order of all changes: the account, then its tokens.
        var isSet = await db.Users
            .Where(current => current.Id == account.Id && current.Email == token!.Email && current.DisabledAt == null)
            .SetPasswordAsync(hash, cancel);

        if (!isSet || !await tokens.RedeemAsync(TokenPurpose.Reset, request.Token, cancel))
        {
            return Problems.InvalidToken.Result();
        }

        await access.EndAsync(account.Id, except: null, cancel);

        // From here the owner signs in next, with tries that nobody elsewhere can burn.
        await networks.RememberAsync(account.Id, context.Connection.Network(), cancel);
        await mailer.SendAsync(mails.PasswordChanged(token!.Email!), cancel);
        await audit.WriteAsync(new(AuditActions.PasswordReset, account.Id) { ActorId = account.Id }, cancel);
        await transaction.CommitAsync();

        // Whoever burned the account's tries does not keep its owner waiting.
        await limits.UnlockAsync(token.Email!, context.Connection, cancel);

        return TypedResults.NoContent();
    }
}
