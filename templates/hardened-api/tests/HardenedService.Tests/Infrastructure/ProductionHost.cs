using Microsoft.AspNetCore.Hosting;

namespace HardenedService.Tests.Infrastructure;

/// <summary>The API as it runs outside of Development. Its public port speaks plain HTTP, as it does behind a proxy.</summary>
internal static class ProductionHost
{
    public static ApiHost Start(string database, IReadOnlyDictionary<string, string>? settings = null)
    {
        // The key ring's certificate is read while the host starts, and not again.
        using var certificates = new Certificates();
        var all = new Dictionary<string, string>(settings ?? new Dictionary<string, string>()) { ["KeyRing:Certificate:File"] = certificates.KeyRing("production") };

        return ApiHost.Start(database + ";SSL Mode=VerifyFull", settings: all, configure: host => host.UseEnvironment("Production"));
    }
}
