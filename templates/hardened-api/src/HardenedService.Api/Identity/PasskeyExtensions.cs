using System.Data.Common;
using System.Runtime.ExceptionServices;
using HardenedService.Platform.Browsers;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using HardenedService.Platform.RateLimiting;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Identity;

internal static class PasskeyExtensions
{
    /// <summary>The limit of ceremonies that a stranger begins, each of which leaves a ticket in the database.</summary>
    public const string Limit = "passkey";

    /// <summary>
    /// Identity's passkey handler, which does all of the cryptography. What it asks of an authenticator is set here, and nowhere else.
    /// </summary>
    public static void AddPasskeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<IPasskeyHandler<Account>, PasskeyHandler<Account>>();
        builder.Services.AddScoped<PasskeyUse>();
        builder.Services.AddOptions<IdentityPasskeyOptions>().Configure<IOptions<ServiceOptions>, IOptions<OriginOptions>>(
            (passkeys, service, cors) =>
            {
                // Both from the settings: what a request says of its host and its origin decides nothing.
                var relyingParty = RelyingParty.Of(service.Value, cors.Value);
                passkeys.ServerDomain = relyingParty.Id;
                passkeys.ValidateOrigin = origin => ValueTask.FromResult(relyingParty.Accepts(origin));

                passkeys.UserVerificationRequirement = "required";
                passkeys.ResidentKeyRequirement = "required";

                // Which make of authenticator it is does not matter to us, and is nobody's business.
                passkeys.AttestationConveyancePreference = "none";
            });

        builder.AddRateLimit(Limit, burst: 60, perMinute: 60);
        builder.MapConstraint("passkeys_credential_id_key", "credential", AddPasskey.Refusal);
    }

    /// <summary>The handler takes every exception for a fault of the credential, that of a database out of reach among them.</summary>
    /// <exception cref="DbException">The database was out of reach.</exception>
    public static void ThrowIfOurs(this PasskeyException? failure)
    {
        for (var cause = failure?.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (cause is DbException or TimeoutException)
            {
                ExceptionDispatchInfo.Throw(cause);
            }
        }
    }
}
