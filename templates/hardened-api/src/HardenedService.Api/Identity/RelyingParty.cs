using System.Collections.Frozen;
using HardenedService.Platform.Browsers;
using HardenedService.Platform.Configuration;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Who we are to an authenticator (WebAuthn, section 4, Relying Party).</summary>
/// <param name="Id">The domain that passkeys are bound to. Another one, and none of them works any more.</param>
/// <param name="Origins">The origins whose pages may use them, as browsers spell them.</param>
internal sealed record RelyingParty(string Id, FrozenSet<string> Origins)
{
    /// <summary>
    /// The host of the public URL, and its origin; of the trusted origins those within that domain, which are the only ones that a browser
    /// would let use it.
    /// </summary>
    public static RelyingParty Of(ServiceOptions service, OriginOptions cors)
    {
        var url = service.PublicUrl!;
        var id = url.IdnHost;
        var own = $"{url.Scheme}://{id}{(url.IsDefaultPort ? "" : $":{url.Port}")}";

        return new(id, cors.Origins.Where(origin => IsWithin(id, new Uri(origin).IdnHost)).Append(own).ToFrozenSet(StringComparer.Ordinal));
    }

    /// <summary>Whether a page of ours made the call, and not one that another site frames.</summary>
    public bool Accepts(PasskeyOriginValidationContext origin) => !origin.CrossOrigin && origin.TopOrigin is null && Origins.Contains(origin.Origin);

    private static bool IsWithin(string domain, string host) => host == domain || host.EndsWith($".{domain}", StringComparison.Ordinal);
}
