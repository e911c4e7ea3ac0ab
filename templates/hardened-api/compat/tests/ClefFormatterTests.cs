using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Sinks.Seq;

namespace HardenedService.Tests.Compat;

public sealed class ClefFormatterTests
{
    [Fact]
    public void An_event_is_an_object_of_its_time_its_template_and_its_properties()
    {
        var clef = Clef(logger => logger.Information("{User} uploaded {Count} files {@Size}", "Ada", 3, new { Bytes = 10 }));

        Assert.Equal(["@t", "@mt", "User", "Count", "Size"], clef.EnumerateObject().Select(property => property.Name));
        Assert.Equal("{User} uploaded {Count} files {@Size}", Text(clef, "@mt"));
        Assert.Equal("Ada", Text(clef, "User"));
        Assert.Equal(3, clef.GetProperty("Count").GetInt32());
        Assert.Equal(10, clef.GetProperty("Size").GetProperty("Bytes").GetInt32());
        Assert.EndsWith("Z", Text(clef, "@t"), StringComparison.Ordinal);
        Assert.InRange(clef.GetProperty("@t").GetDateTime(), DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow);
    }

    [Fact]
    public void Level_exception_and_span_are_told_where_there_are_any()
    {
        using var activity = new Activity("upload").Start();

        var clef = Clef(logger => logger.Error(new InvalidOperationException("no \"disk\""), "Failed"));

        Assert.Equal("Error", Text(clef, "@l"));
        Assert.Contains("no \"disk\"", Text(clef, "@x"), StringComparison.Ordinal);
        Assert.Equal(activity.TraceId.ToHexString(), Text(clef, "@tr"));
        Assert.Equal(activity.SpanId.ToHexString(), Text(clef, "@sp"));
    }

    [Fact]
    public void What_a_format_makes_of_a_value_is_rendered()
    {
        var clef = Clef(logger => logger.Information("{Plain} {Ratio:0.00} {Code:x4}", 1, 0.5, 255));

        Assert.Equal(["0.50", "00ff"], clef.GetProperty("@r").EnumerateArray().Select(rendered => rendered.GetString()));
    }

    [Theory]
    [InlineData("line\nbreak\r\n\ttab \"quote\" back\\slash")]
    [InlineData("{\"@l\":\"Fatal\"}\n{\"@mt\":\"forged\"}")]
    [InlineData("\u0000\u001b[31m\u2028 ž 漢 🙂")]
    public void No_text_breaks_out_of_its_line(string text)
    {
        var clef = Clef(logger => logger.Information("{Text}", text));

        Assert.Equal(text, Text(clef, "Text"));
        Assert.False(clef.TryGetProperty("@l", out _));
    }

    [Fact]
    public void A_property_with_an_at_sign_is_not_mistaken_for_the_formats_own()
    {
        var clef = Clef(logger => logger.ForContext("@l", "Fatal").Information("Hello"));

        Assert.False(clef.TryGetProperty("@l", out _));
        Assert.Equal("Fatal", Text(clef, "@@l"));
    }

    [Fact]
    public void In_place_of_an_event_above_the_limit_goes_a_sample()
    {
        var clef = Clef(logger => logger.Information("{Text}", new string('x', 5000)), limit: 2000);

        Assert.Equal("Error", Text(clef, "@l"));
        Assert.Equal(2000, clef.GetProperty("EventBodyLimitBytes").GetInt32());
        Assert.Equal(512, Text(clef, "Sample")!.Length);
    }

    [Fact]
    public void An_event_that_is_no_text_leaves_a_substitute_and_its_neighbours_alone()
    {
        var lines = Format(
            logger =>
            {
                logger.Information("before");
                logger.Error(new UnspeakableException(), "The disk failed");
                logger.Information("after");
            });

        Assert.Equal(["before", "An event with the template {Template} cannot be formatted: {Error}", "after"], lines.Select(line => Text(line, "@mt")));
        Assert.Equal("The disk failed", Text(lines[1], "Template"));
    }

    [Fact]
    public void The_limit_counts_bytes_and_is_exact()
    {
        var size = Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(Clef(logger => logger.Information("Hello")), Relaxed));

        Assert.Equal("Hello", Text(Clef(logger => logger.Information("Hello"), limit: size), "@mt"));
        Assert.Empty(Format(logger => logger.Information("Hello"), limit: size - 1));
    }

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonElement Clef(Action<ILogger> write, long? limit = null) => Assert.Single(Format(write, limit));

    private static List<JsonElement> Format(Action<ILogger> write, long? limit = null)
    {
        var collected = new Collector();
        using var logger = new LoggerConfiguration().WriteTo.Sink(collected).CreateLogger();
        write(logger);
        return [.. new ClefFormatter(limit).Format(collected.Events)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    }

    private static string? Text(JsonElement clef, string name) => clef.GetProperty(name).GetString();

    private sealed class Collector : ILogEventSink
    {
        public List<LogEvent> Events { get; } = [];

        public void Emit(LogEvent logEvent) => Events.Add(logEvent);
    }

    private sealed class UnspeakableException : Exception
    {
        public override string Message => throw new NotSupportedException();

        public override string ToString() => throw new NotSupportedException();
    }
}
