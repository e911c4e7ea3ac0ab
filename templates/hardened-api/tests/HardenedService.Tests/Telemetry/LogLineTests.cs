using System.Globalization;
using System.Text.Json;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Infrastructure;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Parsing;

namespace HardenedService.Tests.Telemetry;

/// <summary>One event is one line, and shows as what it is.</summary>
public sealed class LogLineTests
{
    private const string Forged = "00:00:00 INF forged";

    public static TheoryData<string> HostileTexts() =>
    [
        $"a\r\n{Forged}", $"a\n{Forged}", $"a\r{Forged}", $"a\u0085{Forged}", $"a\u2028{Forged}", $"a\u2029{Forged}", $"a\v{Forged}", $"a\f{Forged}",
        "a\u001b[2J\u001b[31m", "a\u009b31m", "a\u0007\b\u007f", "a\0b", "txt\u202egnp", "a\u2066b\u2069", "a\u200bb", "a\ufeffb", "\ud800", "\udc00a", "😀",
    ];

    [Theory]
    [Wall("I2")]
    [MemberData(nameof(HostileTexts))]
    public void For_machines_it_is_one_line_of_JSON_with_the_text_as_it_was(string text)
    {
        var line = Render(new LoggingOptions { Readable = false }, text);

        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain(line[..^1], IsHostile);
        var happened = JsonElement.Parse(line);

        if (!text.Any(char.IsSurrogate))
        {
            Assert.Equal(text, happened.GetProperty("Properties").GetProperty("Text").GetString());
            Assert.Contains(text, happened.GetProperty("Exception").GetString());
        }
    }

    [Theory]
    [Wall("I2")]
    [MemberData(nameof(HostileTexts))]
    public void For_people_it_is_one_line_and_an_exception_follows_indented(string text)
    {
        var lines = Render(new LoggingOptions { Readable = true }, text).TrimEnd('\n').Split('\n');

        Assert.Matches("^[0-9]{2}:[0-9]{2}:[0-9]{2} WRN ", lines[0]);
        Assert.All(lines.Skip(1), line => Assert.StartsWith("    ", line, StringComparison.Ordinal));
        Assert.DoesNotContain(string.Concat(lines), IsHostile);
    }

    private static bool IsHostile(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;

    private static string Render(LoggingOptions options, string text)
    {
        ITextFormatter formatter = Logs.Format(options);
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        formatter.Format(
            new LogEvent(
                DateTimeOffset.UnixEpoch,
                LogEventLevel.Warning,
                new InvalidOperationException(text),
                new MessageTemplateParser().Parse("{Text} came, and {Other}"),
                [new("Text", new ScalarValue(text)), new("Other", new SequenceValue([new ScalarValue(text)])), new("SourceContext", new ScalarValue(text))]),
            output);

        return output.ToString();
    }
}
