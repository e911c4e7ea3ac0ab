using System.Text.Json;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Levels from a file of the form of <c>appsettings.json</c> that can be changed while the service runs. It is looked at for what is in it,
/// and not for events of the file system: those do not come from network mounts, nor where an orchestrator changes a link above it.
/// </summary>
internal sealed class LogLevelFile(string path) : ConfigurationProvider, IConfigurationSource, IFaultySource
{
    private const string Section = LoggingOptions.Section;
    private const string Levels = nameof(LoggingOptions.LogLevel);

    private string? _read;
    private string? _fault;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    /// <summary>Refuses a start. Once the service runs, nobody asks any more.</summary>
    public IEnumerable<SettingFault> Faults => _fault is null ? [] : [new SettingFault($"{Section}:{nameof(LoggingOptions.LevelFile)}", _fault)];

    public override void Load() => Refresh(out _);

    /// <summary>Looks at the file, and takes what is new. While it cannot be read, or is wrong, what was read last holds.</summary>
    /// <param name="fault">What is wrong with it, told once.</param>
    /// <returns>Whether levels have changed.</returns>
    public bool Refresh(out string? fault)
    {
        fault = null;

        try
        {
            var text = File.Exists(path) ? File.ReadAllText(path) : "";

            if (text == _read)
            {
                return false;
            }

            _read = text;
            Data = Parse(text);
            _fault = null;
            OnReload();

            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            var found = exception is FormatException ? exception.Message : "names a file that cannot be read, or is no JSON.";
            fault = found == _fault ? null : found;
            _fault = found;

            return false;
        }
    }

    private static Dictionary<string, string?> Parse(string text)
    {
        var levels = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

        if (text.Length == 0)
        {
            return levels;
        }

        foreach (var level in Only(Only(JsonElement.Parse(text), Section), Levels).EnumerateObject())
        {
            if (level.Value.ValueKind != JsonValueKind.String || !Enum.TryParse<LogLevel>(level.Value.GetString(), ignoreCase: true, out var parsed)
                || !Enum.IsDefined(parsed))
            {
                throw new FormatException($"names a file in which the level of {level.Name} is none; there are {string.Join(", ", Enum.GetNames<LogLevel>())}.");
            }

            levels[ConfigurationPath.Combine(Section, Levels, level.Name)] = $"{parsed}";
        }

        return levels;
    }

    private static JsonElement Only(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object
            && parent.EnumerateObject().Count() == 1
            && parent.TryGetProperty(name, out var child)
            && child.ValueKind == JsonValueKind.Object
            ? child
            : throw new FormatException($"names a file that must be of the form {{\"{Section}\":{{\"{Levels}\":{{…}}}}}}.");
}

/// <summary>Has an eye on the file.</summary>
internal sealed partial class LogLevelWatch(LogLevelFile file, IOptions<LoggingOptions> options, ILogger<LogLevelWatch> logger) : IWorker
{
    public Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        if (file.Refresh(out var fault))
        {
            LogChanged();
        }
        else if (fault is not null)
        {
            LogFault(fault);
        }

        return Task.FromResult(options.Value.LevelFileInterval);
    }

    [LoggerMessage(EventId = 2003, EventName = "LogLevelsChanged", Level = LogLevel.Warning, Message = "The log levels were read anew from their file")]
    private partial void LogChanged();

    [LoggerMessage(EventId = 2004, EventName = "LogLevelsRefused", Level = LogLevel.Warning, Message = "The log levels stay as they are: Logging:LevelFile {Fault}")]
    private partial void LogFault(string fault);
}
