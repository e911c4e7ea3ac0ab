using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Shows that the authenticator app has the secret.</summary>
/// <param name="Code">A code that it shows.</param>
public sealed record EnableTotpRequest([property: Required, StringLength(Totp.Digits, MinimumLength = Totp.Digits)] string Code);

/// <summary>Codes that work once each, in place of the authenticator app. They are shown once.</summary>
/// <param name="RecoveryCodes">The codes, in groups of letters and digits.</param>
public sealed record RecoveryCodeList(IReadOnlyList<string> RecoveryCodes);

internal static class EnableTotp
{
    /// <summary>Enables the authenticator app as a second factor</summary>
    /// <remarks>All other sessions of the account end: they began with a password alone.</remarks>
    public static async Task<Results<Ok<RecoveryCodeList>, ProblemHttpResult>> Handle(
        EnableTotpRequest request,
        Session session,
        SecondFactors factors,
        RecoveryCodes recoveryCodes,
        UserManager<Account> accounts,
        SessionStore sessions,
        AccountMails mails,
        Mailer mailer,
        AuditTrail audit,
        CancellationToken cancel)
    {
        await using var proof = await factors.EnableTotpAsync(session.UserId, request.Code, cancel);

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
        (await accounts.SetTwoFactorEnabledAsync(account!, enabled: true)).ThrowIfFailed();
        var codes = await recoveryCodes.ReplaceAsync(session.UserId, cancel);
        await mailer.SendAsync(mails.FactorChanged(account!.Email!, "An authenticator app was set up as a second factor for"), cancel);
        await audit.WriteAsync(new(AuditActions.TotpEnabled, session.UserId), cancel);
        await proof.CommitAsync();

        return TypedResults.Ok(new RecoveryCodeList(codes));
    }
}
