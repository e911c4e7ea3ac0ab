using System.Buffers;
using System.Globalization;
using System.Text;
using Serilog.Events;
using Serilog.Formatting;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Makes sure that one event is one line, and that a line shows as what it is: whatever could end a line, move the cursor or turn the text
/// around is written as its JSON escape. In JSON, where such characters stand in strings only, the value stays the same.
/// </summary>
/// <param name="inner">Writes the event, and no end of line.</param>
/// <param name="beforeException">
/// For people: the exception follows on lines of its own, each of which begins with this. Null if <paramref name="inner"/> writes it.
/// </param>
internal sealed class OneLineFormatter(ITextFormatter inner, string? beforeException = null) : ITextFormatter
{
    private static readonly SearchValues<char> Unsafe = SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(code => (char)code).Where(IsUnsafe)]);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var safe = new SafeWriter(output);
        inner.Format(logEvent, safe);
        output.Write('\n');

        if (beforeException is not null && logEvent.Exception is { } exception)
        {
            foreach (var part in exception.ToString().AsSpan().EnumerateLines())
            {
                output.Write(beforeException);
                safe.Write(part);
                output.Write('\n');
            }
        }
    }

    // Halves of a pair as well, of which one alone would be no text at all.
    private static bool IsUnsafe(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;

    private sealed class SafeWriter(TextWriter output) : TextWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => output.Encoding;

        public override void Write(char value) => Write([value]);

        public override void Write(string? value) => Write(value.AsSpan());

        public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

        public override void Write(ReadOnlySpan<char> buffer)
        {
            for (var next = buffer.IndexOfAny(Unsafe); next >= 0; next = buffer.IndexOfAny(Unsafe))
            {
                output.Write(buffer[..next]);
                output.Write(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)buffer[next]:x4}"));
                buffer = buffer[(next + 1)..];
            }

            output.Write(buffer);
        }
    }
}
