using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

/// <summary>Proves again who one is.</summary>
/// <param name="Password">The account's password.</param>
/// <param name="Code">A code of the authenticator app, if the account has one.</param>
public sealed record ReauthenticateRequest(
    [property: Required, Password] string Password,
    [property: StringLength(Totp.Digits, MinimumLength = Totp.Digits)] string? Code = null);

internal static class Reauthenticate
{
    /// <summary>Proves again who one is</summary>
    /// <remarks>
    /// The session is fresh after it, for what asks for that, and has a new token; the old one is dead. Whoever has a second factor sends a code
    /// along with the password, and is asked for it after a right password only.
    /// </remarks>
    public static async Task<Results<Ok<SessionAnswer>, ProblemHttpResult>> Handle(
        ReauthenticateRequest request,
        Session session,
        HttpContext context,
        PasswordProof password,
        SecondFactors factors,
        SessionStore sessions,
        AuditTrail audit,
        UnitOfWork work,
        CancellationToken cancel)
    {
        var (attempt, account, _) = await password.TryAsync(session, request.Password, context.Connection, cancel);

        if (account is null)
        {
            await audit.WriteApartAsync(new(AuditActions.Reauthenticated, session.UserId));

            return Problems.InvalidCredentials.Result();
        }

        if (account.TwoFactorEnabled && request.Code is null)
        {
            await attempt.GiveBackAsync();

            return SecondFactors.AskForCode();
        }

        await using var proof = account.TwoFactorEnabled
            ? await factors.ProveAsync(account.Id, request.Code, recoveryCode: null, cancel)
            : new FactorProof(await work.BeginAsync(cancel), attempt: null);

        if (proof is null)
        {
            // The password was right, and codes have a limit of their own.
            await attempt.GiveBackAsync();

            return Problems.InvalidCredentials.Result(SecondFactors.Refusal);
        }

        var assurance = account.TwoFactorEnabled ? SessionAssurance.Mfa : session.Assurance;

        if (await sessions.RotateAsync(session, assurance, cancel) is not { } issued)
        {
            return Problems.Unauthenticated.Result();
        }

        await audit.WriteAsync(new(AuditActions.Reauthenticated, account.Id), cancel);
        await proof.CommitAsync();
        await attempt.GiveBackAsync();

        return TypedResults.Ok(SessionAnswer.Of(issued, context.Response));
    }
}
