using HardenedService.Api.Identity;
using HardenedService.Platform;
using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Conformance;

public sealed class OptionsConformanceTests
{
    [Fact]
    public void Every_options_class_of_api_and_platform_is_validated_at_start()
    {
        var types = new[] { typeof(RegisterRequest), typeof(PlatformExtensions) }.SelectMany(known => known.Assembly.GetTypes());
        var violations = OptionsRules.Validated(types, Registered()).ToList();

        Assert.True(violations.Count == 0, string.Join('\n', violations));
    }

    [Fact]
    public void One_that_is_only_bound_is_named()
    {
        var services = Registered();
        services.AddOptions<PlantedOptions>().BindConfiguration("Planted");

        Assert.Contains("PlantedOptions is not validated", Assert.Single(OptionsRules.Validated([typeof(PlantedOptions)], services)));
    }

    // What the service registers, seen after all of it.
    private static ServiceCollection Registered()
    {
        var seen = new ServiceCollection();
        using var host = ApiHost.Start(
            ApiHost.NoDatabase,
            settings: new Dictionary<string, string> { ["Outbound:Planted:BaseAddress"] = "https://planted.example" },
            configure: host => host.ConfigureTestServices(services =>
            {
                // Those of other systems are registered by who calls one.
                services.AddOutboundClient<OptionsConformanceTests>("Planted");
                services.AddOutboundPipeline("PlantedToo");
                services.ToList().ForEach(((ICollection<ServiceDescriptor>)seen).Add);
            }));

        return seen;
    }

    private sealed record PlantedOptions;
}
