using Microsoft.Extensions.Logging;

namespace HardenedService.Platform.Telemetry;

/// <summary>What is logged, and how it looks. Section <c>Logging</c>, which the framework reads too.</summary>
public sealed record LoggingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Logging";

    /// <summary>The least level that is logged, by the beginning of a category's name, or <c>Default</c>. Default: see <c>appsettings.json</c>.</summary>
    public IReadOnlyDictionary<string, LogLevel> LogLevel { get; init; } = new Dictionary<string, LogLevel>();

    /// <summary>Lines for people instead of JSON. Default: true at a terminal.</summary>
    public bool? Readable { get; init; }
}
