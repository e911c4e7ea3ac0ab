using Microsoft.AspNetCore.Hosting;

namespace HardenedService.Tests.Infrastructure;

/// <summary>The API as it runs outside of Development, its database out of reach. Its public port speaks plain HTTP, as it does behind a proxy.</summary>
internal static class ProductionHost
{
    public static ApiHost Start(Certificates certificates, IReadOnlyDictionary<string, string>? settings = null) =>
        ApiHost.Start(
            ProductionSettings.Database,
            settings: (settings ?? new Dictionary<string, string>()).Append(new("KeyRing:Certificate:File", certificates.KeyRing("production"))).ToDictionary(),
            configure: host => host.UseEnvironment("Production"));
}
