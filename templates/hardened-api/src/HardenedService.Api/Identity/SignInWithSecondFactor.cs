using System.ComponentModel.DataAnnotations;
using System.Globalization;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Browsers;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

/// <summary>Completes a sign-in by a second factor.</summary>
/// <param name="Ticket">The ticket that the right password was answered with.</param>
/// <param name="Code">A code of the authenticator app; or</param>
/// <param name="RecoveryCode">a recovery code.</param>
/// <param name="Transport">How the session's token will travel. Default: in a cookie.</param>
[ExactlyOneOf(nameof(Code), nameof(RecoveryCode))]
public sealed record SecondFactorRequest(
    [property: Required, MaxLength(OpaqueToken.MaxLength)] string Ticket,
    [property: StringLength(Totp.Digits, MinimumLength = Totp.Digits)] string? Code = null,
    [property: MaxLength(RecoveryCodes.MaxLength)] string? RecoveryCode = null,
    SessionTransport Transport = SessionTransport.Cookie);

internal static class SignInWithSecondFactor
{
    /// <summary>Completes a sign-in by a second factor</summary>
    /// <remarks>One refusal for whatever is wrong. A ticket has five tries; then the password is asked for again.</remarks>
    public static async Task<Results<Created<SessionAnswer>, ProblemHttpResult>> Handle(
        SecondFactorRequest request,
        HttpContext context,
        OneTimeTokens tokens,
        SecondFactors factors,
        NewSession newSession,
        CrossSiteGuard guard,
        AuditTrail audit,
        CancellationToken cancel)
    {
        if (guard.Refuses(context.Request, request.Transport))
        {
            return Problems.CrossSiteRequest.Result();
        }

        if (await tokens.TryAsync(TokenPurpose.Mfa, request.Ticket, cancel) is not { AccountId: { } accountId, State: { } epoch })
        {
            return Problems.InvalidToken.Result();
        }

        await using var proof = await factors.ProveAsync(accountId, request.Code, request.RecoveryCode, cancel);

        if (proof is null)
        {
            return Problems.InvalidToken.Result();
        }

        // The epoch is that of the password: if it was reset since, or the account disabled, no session begins.
        if (!await tokens.RedeemAsync(TokenPurpose.Mfa, request.Ticket, cancel)
            || await newSession.BeginAsync(
                accountId, int.Parse(epoch, CultureInfo.InvariantCulture), request.Transport, SessionAssurance.Mfa, context, cancel) is not { } answer)
        {
            await proof.DisposeAsync();
            await audit.WriteApartAsync(new(AuditActions.SignedIn, accountId));

            return Problems.InvalidToken.Result();
        }

        await proof.CommitAsync();

        return answer;
    }
}
