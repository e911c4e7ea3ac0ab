using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace HardenedService.Api.Identity;

/// <summary>Proves that one has the factor that is to be switched off.</summary>
/// <param name="Code">A code of the authenticator app; or</param>
/// <param name="RecoveryCode">a recovery code.</param>
[ExactlyOneOf(nameof(Code), nameof(RecoveryCode))]
public sealed record DisableTotpRequest(
    [property: StringLength(Totp.Digits, MinimumLength = Totp.Digits)] string? Code = null,
    [property: MaxLength(RecoveryCodes.MaxLength)] string? RecoveryCode = null);

internal static class DisableTotp
{
    /// <summary>Switches the second factor off</summary>
    /// <remarks>Recovery codes go with it, and all other sessions of the account end.</remarks>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        [FromBody] DisableTotpRequest request,
        Session session,
        SecondFactors factors,
        TotpFactors totp,
        RecoveryCodes recoveryCodes,
        UserManager<Account> accounts,
        SessionStore sessions,
        AccountMails mails,
        Mailer mailer,
        AuditTrail audit,
        CancellationToken cancel)
    {
        await using var proof = await factors.ProveAsync(session.UserId, request.Code, request.RecoveryCode, cancel);

        if (proof is null)
        {
            return Problems.InvalidCredentials.Result(SecondFactors.Refusal);
        }

        // First, in the order of all changes: the session, then the account.
        if (!await sessions.EndAllAsync(session.UserId, except: session.Id, cancel))
        {
            return Problems.Unauthenticated.Result();
        }

        var account = await accounts.FindByIdAsync(session.UserId);
        (await accounts.SetTwoFactorEnabledAsync(account!, enabled: false)).ThrowIfFailed();
        await totp.RemoveAsync(session.UserId, cancel);
        await recoveryCodes.RemoveAsync(session.UserId, cancel);
        await mailer.SendAsync(mails.FactorChanged(account!.Email!, "The second factor was switched off for"), cancel);
        await audit.WriteAsync(new(AuditActions.TotpDisabled, session.UserId), cancel);
        await proof.CommitAsync();

        return TypedResults.NoContent();
    }
}
