using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Browsers;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Signs in with a passkey.</summary>
/// <param name="Ticket">The ticket that came with the options.</param>
/// <param name="Credential">What the browser got, as <c>PublicKeyCredential.toJSON()</c> tells it.</param>
/// <param name="Transport">How the session's token will travel. Default: in a cookie.</param>
public sealed record PasskeySignInRequest(
    [property: Required, MaxLength(OpaqueToken.MaxLength)] string Ticket,
    [property: Required, JsonObject(Passkey.MaxCredentialLength)] JsonElement Credential,
    SessionTransport Transport = SessionTransport.Cookie);

internal static class SignInWithPasskey
{
    /// <summary>Signs in with a passkey</summary>
    /// <remarks>
    /// No second factor is asked for: the device has verified the person. `invalid_token` says that the ticket is unknown, used or too old;
    /// `invalid_credentials` is the one refusal for everything else, a disabled account among it. A ticket is used up by the first try,
    /// right or wrong.
    /// </remarks>
    public static async Task<Results<Created<SessionAnswer>, ProblemHttpResult>> Handle(
        PasskeySignInRequest request,
        HttpContext context,
        IPasskeyHandler<Account> passkeys,
        PasskeyUse use,
        OneTimeTokens tokens,
        NewSession newSession,
        CrossSiteGuard guard,
        AuditTrail audit,
        UnitOfWork work,
        CancellationToken cancel)
    {
        if (guard.Refuses(context.Request, request.Transport))
        {
            return Problems.CrossSiteRequest.Result();
        }

        // Its only try, committed at once: a challenge is answered once, rightly or not.
        if (await tokens.TryAsync(TokenPurpose.PasskeyAssertion, request.Ticket, cancel) is not { } ticket)
        {
            return Problems.InvalidToken.Result();
        }

        var assertion = await work.ReadAsync(
            () => passkeys.PerformAssertionAsync(
                new() { HttpContext = context, CredentialJson = request.Credential.GetRawText(), AssertionState = ticket.State }),
            cancel);
        assertion.Failure.ThrowIfOurs();

        if (!assertion.Succeeded || assertion.User is not { DisabledAt: null, EmailConfirmed: true } account)
        {
            return await RefuseAsync();
        }

        await using var transaction = await work.BeginAsync(cancel);

        if (!await use.RecordAsync(account, assertion.Passkey, cancel)
            || await newSession.BeginAsync(account, request.Transport, SessionAssurance.Passkey, context, cancel) is not { } answer)
        {
            await transaction.DisposeAsync();

            return await RefuseAsync();
        }

        await transaction.CommitAsync();

        return answer;

        async Task<ProblemHttpResult> RefuseAsync()
        {
            await audit.WriteApartAsync(new(AuditActions.SignedIn, assertion.User?.Id));

            return Problems.InvalidCredentials.Result();
        }
    }
}
