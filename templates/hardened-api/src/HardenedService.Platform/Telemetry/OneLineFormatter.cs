using System.Buffers;
using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Makes sure that one event is one line, and that a line shows as what it is: whatever could end a line, move the cursor or turn the text
/// around is written as its JSON escape. In JSON, where such characters stand in strings only, the value stays the same.
/// </summary>
/// <param name="inner">Writes the event.</param>
/// <param name="beforeException">
/// For people: the exception follows on lines of its own, each of which begins with this. Null if <paramref name="inner"/> writes it.
/// </param>
internal sealed class OneLineFormatter(ITextFormatter inner, string? beforeException = null) : ITextFormatter
{
    private static readonly SearchValues<char> Unsafe = SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(code => (char)code).Where(IsUnsafe)]);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new StringWriter(CultureInfo.InvariantCulture);
        inner.Format(logEvent, line);
        Write(line.ToString().AsSpan().TrimEnd("\r\n"), output);
        output.Write('\n');

        if (beforeException is not null && logEvent.Exception is { } exception)
        {
            foreach (var part in exception.ToString().AsSpan().EnumerateLines())
            {
                output.Write(beforeException);
                Write(part, output);
                output.Write('\n');
            }
        }
    }

    private static void Write(ReadOnlySpan<char> text, TextWriter output)
    {
        for (var next = text.IndexOfAny(Unsafe); next >= 0; next = text.IndexOfAny(Unsafe))
        {
            output.Write(text[..next]);
            output.Write(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)text[next]:x4}"));
            text = text[(next + 1)..];
        }

        output.Write(text);
    }

    // Halves of a pair as well, of which one alone would be no text at all.
    private static bool IsUnsafe(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
