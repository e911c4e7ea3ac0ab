using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

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
        PasswordProof password,
        Passwords passwords,
        PasswordPolicy policy,
        SessionStore sessions,
        AccountAccess access,
        AccountMails mails,
        Mailer mailer,
        AuditTrail audit,
        IdentityDb db,
        UnitOfWork work,
        CancellationToken cancel)
    {
        var (attempt, account, _) = await password.TryAsync(session, request.CurrentPassword, context.Connection, cancel);

        if (account is null)
        {
            await audit.WriteApartAsync(new(AuditActions.PasswordChanged, session.UserId));

            return Problems.InvalidCredentials.Result();
        }

        if (await policy.CheckAsync(request.NewPassword, account.Email!, account.TwoFactorEnabled, cancel) is { } fault)
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

        await access.EndAsync(account.Id, except: session.Id, cancel);
        await mailer.SendAsync(mails.PasswordChanged(issued.Session.Email), cancel);
        await audit.WriteAsync(new(AuditActions.PasswordChanged, account.Id), cancel);
        await transaction.CommitAsync();
        await attempt.GiveBackAsync();

        return TypedResults.Ok(SessionAnswer.Of(issued, context.Response));
    }
}
