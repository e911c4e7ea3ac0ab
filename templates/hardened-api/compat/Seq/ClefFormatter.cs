using System.Globalization;
using System.Text;
using Serilog.Debugging;
using Serilog.Events;
using Serilog.Formatting.Json;
using Serilog.Parsing;

namespace Serilog.Sinks.Seq;

/// <summary>Writes events in the compact log event format: one JSON object to a line, of at most so many bytes.</summary>
internal sealed class ClefFormatter(long? limitBytes, IFormatProvider? formatProvider = null)
{
    private const int SampleLength = 512;
    private static readonly JsonValueFormatter Values = new("$type");
    private static readonly MessageTemplateParser Templates = new();

    public string Format(IEnumerable<LogEvent> events)
    {
        var lines = new StringBuilder();
        foreach (var logEvent in events)
        {
            if (Line(logEvent) is { } line)
            {
                lines.Append(line).Append('\n');
            }
        }

        return lines.ToString();
    }

    // An event that cannot be sent is replaced by one that says so, or dropped where not even that one fits.
    private string? Line(LogEvent logEvent)
    {
        string line;
        try
        {
            line = Json(logEvent);
        }
        catch (Exception error)
        {
            // Of the error just its type: whatever else it has to say may throw again.
            SelfLog.WriteLine("Seq: an event with the template {0} cannot be formatted: {1}", logEvent.MessageTemplate, error.GetType());
            line = Json(Substitute(
                logEvent,
                "An event with the template {Template} cannot be formatted: {Error}",
                ("Template", logEvent.MessageTemplate.Text),
                ("Error", error.GetType().FullName)));
        }

        if (Fits(line))
        {
            return line;
        }

        SelfLog.WriteLine("Seq: an event with the template {0} exceeds the limit of {1} bytes.", logEvent.MessageTemplate, limitBytes);
        var sample = line[..Math.Min(line.Length, SampleLength)];
        line = Json(Substitute(
            logEvent,
            "An event exceeds the limit of {EventBodyLimitBytes} bytes: {Sample}",
            ("EventBodyLimitBytes", limitBytes),
            ("Sample", sample)));
        return Fits(line) ? line : null;
    }

    private bool Fits(string line) => limitBytes is not { } limit || Encoding.UTF8.GetByteCount(line) <= limit;

    private static LogEvent Substitute(LogEvent original, string template, params (string Name, object? Value)[] properties) => new(
        original.Timestamp,
        LogEventLevel.Error,
        exception: null,
        Templates.Parse(template),
        properties.Select(property => new LogEventProperty(property.Name, new ScalarValue(property.Value))));

    private string Json(LogEvent logEvent)
    {
        var json = new StringWriter(CultureInfo.InvariantCulture);
        json.Write(string.Create(CultureInfo.InvariantCulture, $"{{\"@t\":\"{logEvent.Timestamp.UtcDateTime:O}\""));
        Write(json, "@mt", logEvent.MessageTemplate.Text);

        // What a format specifier makes of a value is known here only; the rest of the message Seq renders itself.
        var rendered = logEvent.MessageTemplate.Tokens.OfType<PropertyToken>().Where(token => token.Format is not null).ToList();
        if (rendered.Count > 0)
        {
            json.Write($",\"@r\":[{string.Join(',', rendered.Select(token => Quoted(Rendered(token, logEvent))))}]");
        }

        if (logEvent.Level != LogEventLevel.Information)
        {
            Write(json, "@l", logEvent.Level.ToString());
        }

        Write(json, "@x", logEvent.Exception?.ToString());
        Write(json, "@tr", logEvent.TraceId?.ToHexString());
        Write(json, "@sp", logEvent.SpanId?.ToHexString());

        foreach (var (name, value) in logEvent.Properties)
        {
            // A leading @ is the format's own; doubled, it is the property's.
            json.Write($",{Quoted(name.StartsWith('@') ? "@" + name : name)}:");
            Values.Format(value, json);
        }

        json.Write('}');
        return json.ToString();
    }

    private static void Write(StringWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.Write($",{Quoted(name)}:{Quoted(text)}");
        }
    }

    private string Rendered(PropertyToken token, LogEvent logEvent)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        token.Render(logEvent.Properties, text, formatProvider ?? CultureInfo.InvariantCulture);
        return text.ToString();
    }

    private static string Quoted(string text)
    {
        var quoted = new StringWriter(CultureInfo.InvariantCulture);
        JsonValueFormatter.WriteQuotedJsonString(text, quoted);
        return quoted.ToString();
    }
}
