using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Changes one's own password.</summary>
/// <param name="CurrentPassword">The one at present.</param>
/// <param name="NewPassword">The new one.</param>
public sealed record ChangePasswordRequest(
    [property: Required, Password] string CurrentPassword,
    [property: Required, NewPassword(PasswordPolicy.MinLengthWithMfa)] string NewPassword);

internal static class ChangePassword
{
    /// <summary>Changes one's own password</summary>
    /// <remarks>
    /// This session gets a new token, and goes on. All others end, with links and sign-ins that are under way; the owner is told by mail.
    /// </remarks>
    public static async Task<Results<Ok<SessionAnswer>, ProblemHttpResult>> Handle(
        ChangePasswordRequest request,
        Session session,
        HttpContext context,
        AccountLimits limits,
        UserManager<Account> accounts,
        Passwords passwords,
        PasswordPolicy policy,
        OneTimeTokens tokens,
        TotpFactors totp,
        SessionStore sessions,
        AccountMails mails,
        Mailer mailer,
        IdentityDb db,
        UnitOfWork work,
        CancellationToken cancel)
    {
        // A stolen session is no way to guess the password either.
        var attempt = await limits.SignInAsync(session.Email, context.Connection, cancel);

        var account = await attempt.RunAsync(() => work.ReadAsync(() => accounts.FindByIdAsync(session.UserId), cancel));

        if (!await attempt.RunAsync(() => passwords.VerifyAsync(account, request.CurrentPassword, cancel)))
        {
            return Problems.InvalidCredentials.Result();
        }

        if (await policy.CheckAsync(request.NewPassword, account!.Email!, account.TwoFactorEnabled, cancel) is { } fault)
        {
            await attempt.GiveBackAsync();

            return Problems.Invalid("newPassword", fault);
        }

        var hash = await passwords.HashAsync(request.NewPassword, cancel);

        await using var transaction = await work.BeginAsync(cancel);

        if (await sessions.RotateAsync(session, session.Assurance, cancel) is not { } issued)
        {
            return Problems.Unauthenticated.Result();
        }

        // The epoch in the condition: of several changes at once the first ends what the others have proved.
        var isSet = await db.Users
            .Where(current => current.Id == account.Id && current.SessionEpoch == account.SessionEpoch)
            .SetPasswordAsync(hash, cancel);

        if (!isSet)
        {
            return Problems.InvalidCredentials.Result();
        }

        await sessions.EndAllAsync(account.Id, except: session.Id, cancel);
        await tokens.RevokeAllAsync(account.Id, cancel);
        await totp.ForgetPendingAsync(account.Id, cancel);
        await mailer.SendAsync(mails.PasswordChanged(issued.Session.Email), cancel);
        await transaction.CommitAsync();
        await attempt.GiveBackAsync();

        return TypedResults.Ok(SessionAnswer.Of(issued, context.Response));
    }
}
