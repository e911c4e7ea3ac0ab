using Serilog.Core;
using Serilog.Events;

namespace Serilog.Sinks.Seq;

/// <summary>The level that Seq asks for with each answer, which belongs to the API key.</summary>
internal sealed class ServerLevel(LoggingLevelSwitch? given)
{
    // Read by every writer of events, set by the sink's own loop.
    private volatile LoggingLevelSwitch? _switch = given;
    private LogEventLevel? _original;

    /// <summary>Whether Seq is to be asked for its level even when there is nothing to send.</summary>
    public bool IsFollowed => _switch is not null;

    public bool Includes(LogEvent logEvent) => _switch is not { } level || logEvent.Level >= level.MinimumLevel;

    public void Follow(LogEventLevel? asked)
    {
        if (asked is { } minimum)
        {
            _original ??= _switch?.MinimumLevel ?? LevelAlias.Minimum;
            _switch ??= new LoggingLevelSwitch(minimum);
            _switch.MinimumLevel = minimum;
        }
        else if (_switch is { } level && _original is { } original)
        {
            level.MinimumLevel = original;
        }
    }
}
