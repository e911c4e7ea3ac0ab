using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

/// <summary>Asks for new recovery codes.</summary>
/// <param name="Code">A code of the authenticator app.</param>
public sealed record RecoveryCodesRequest([property: Required, StringLength(Totp.Digits, MinimumLength = Totp.Digits)] string Code);

internal static class MakeRecoveryCodes
{
    /// <summary>Makes new recovery codes</summary>
    /// <remarks>The old ones are dead, and all other sessions of the account end.</remarks>
    public static async Task<Results<Ok<RecoveryCodeList>, ProblemHttpResult>> Handle(
        RecoveryCodesRequest request,
        Session session,
        SecondFactors factors,
        RecoveryCodes recoveryCodes,
        SessionStore sessions,
        AccountMails mails,
        Mailer mailer,
        AuditTrail audit,
        CancellationToken cancel)
    {
        await using var proof = await factors.ProveAsync(session.UserId, request.Code, recoveryCode: null, cancel);

        if (proof is null)
        {
            return Problems.InvalidCredentials.Result(SecondFactors.Refusal);
        }

        if (!await sessions.EndAllAsync(session.UserId, except: session.Id, cancel))
        {
            return Problems.Unauthenticated.Result();
        }

        var codes = await recoveryCodes.ReplaceAsync(session.UserId, cancel);
        await mailer.SendAsync(mails.FactorChanged(session.Email, "New recovery codes were made for"), cancel);
        await audit.WriteAsync(new(AuditActions.RecoveryCodesMade, session.UserId), cancel);
        await proof.CommitAsync();

        return TypedResults.Ok(new RecoveryCodeList(codes));
    }
}
