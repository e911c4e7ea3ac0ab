using HardenedService.Platform.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Conformance;

/// <summary>What options owe: a wrong setting stops the start.</summary>
internal static class OptionsRules
{
    private const string Suffix = "Options";

    /// <summary>Every record of settings that is among the types is validated.</summary>
    public static IEnumerable<string> Validated(IEnumerable<Type> types, IServiceCollection services) =>
        from type in types
        where type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith(Suffix, StringComparison.Ordinal)
        where !services.Any(service => service.ImplementationInstance is OptionsSection section && section.Options == type)
        select $"{type.Name} is not validated at start: register it with builder.AddOptions<{type.Name}>(section), or do not call it {Suffix}.";
}
