using Serilog.Events;

namespace HardenedService.Platform.Telemetry;

/// <summary>Roughly, what an event takes up in memory.</summary>
internal static class LogEventSize
{
    private const int Overhead = 200;

    /// <summary>In bytes.</summary>
    public static int Of(LogEvent logEvent)
    {
        var size = Overhead + Length(logEvent.Exception);

        foreach (var (_, value) in logEvent.Properties)
        {
            size += Of(value);
        }

        return size;
    }

    private static int Of(LogEventPropertyValue value) => Overhead + value switch
    {
        ScalarValue { Value: string text } => 2 * text.Length,
        ScalarValue => 0,
        SequenceValue sequence => sequence.Elements.Sum(Of),
        StructureValue structure => structure.Properties.Sum(property => Of(property.Value)),
        DictionaryValue dictionary => dictionary.Elements.Sum(element => Of(element.Key) + Of(element.Value)),
        _ => 0,
    };

    private static int Length(Exception? exception) => exception is null ? 0 : 2 * exception.ToString().Length;
}
