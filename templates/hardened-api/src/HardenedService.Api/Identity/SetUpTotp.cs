using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Identity;

/// <summary>What an authenticator app has to know. It is shown once.</summary>
/// <param name="Secret">The secret in base32, to be typed in.</param>
/// <param name="Uri">The same for a QR code.</param>
public sealed record TotpSecret(string Secret, string Uri);

internal static class SetUpTotp
{
    /// <summary>Draws a secret for an authenticator app</summary>
    /// <remarks>
    /// It counts for nothing until it is enabled by a code; asking again replaces it. One that is enabled has to be switched off first, which
    /// takes the factor itself.
    /// </remarks>
    public static async Task<Results<Ok<TotpSecret>, ProblemHttpResult>> Handle(
        Session session, TotpFactors totp, IOptions<ServiceOptions> service, CancellationToken cancel)
    {
        var secret = Totp.NewSecret();

        return await totp.SetUpAsync(session.UserId, secret, cancel)
            ? TypedResults.Ok(new TotpSecret(Base32.Encode(secret), Totp.Uri(service.Value.Name, session.Email, secret)))
            : Problems.Conflict.Result("An authenticator app is enabled already. Switch it off before you set up another one.");
    }
}
