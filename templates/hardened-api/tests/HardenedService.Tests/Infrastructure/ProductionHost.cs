using Microsoft.AspNetCore.Hosting;

namespace HardenedService.Tests.Infrastructure;

/// <summary>The API as it runs outside of Development. Its public port speaks plain HTTP, as it does behind a proxy.</summary>
internal static class ProductionHost
{
    public static ApiHost Start(string database, IReadOnlyDictionary<string, string>? settings = null) =>
        ApiHost.Start(database, settings: settings, configure: host => host.UseEnvironment("Production"));
}
