using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;

namespace HardenedService.Platform.Telemetry;

/// <summary>What is logged, and how it looks. Section <c>Logging</c>, which the framework reads too.</summary>
public sealed record LoggingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Logging";

    /// <summary>The least level that is logged, by the beginning of a category's name, or <c>Default</c>; see <see cref="LogFloors"/>. Default: see <c>appsettings.json</c>.</summary>
    public IReadOnlyDictionary<string, LogLevel> LogLevel { get; init; } = new Dictionary<string, LogLevel>();

    /// <summary>Lines for people instead of JSON. Default: true at a terminal.</summary>
    public bool? Readable { get; init; }

    /// <summary>
    /// A file with further levels, of the form <c>{"Logging":{"LogLevel":{…}}}</c>, which wins over all else and is read anew while the service
    /// runs. It need not be there. Default: none.
    /// </summary>
    public string? LevelFile { get; init; }

    /// <summary>How often that file is looked at. Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan LevelFileInterval { get; init; } = TimeSpan.FromSeconds(5);
}
