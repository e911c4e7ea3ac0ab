using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace HardenedService.Operations.Readiness;

/// <summary>JSON (RFC 8259) that remembers where each of its values stands; with comments and trailing commas, as people write them.</summary>
/// <param name="Kind">An object, an array, a string, or the kind of another value.</param>
/// <param name="Text">The string, or what stands there of another value.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in characters.</param>
internal sealed partial record LocatedJson(JsonTokenType Kind, string Text, int Line, int Column)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Of an object, in the order in which they stand there; a name may come twice.</summary>
    public IReadOnlyList<(LocatedJson Name, LocatedJson Value)> Members { get; private init; } = [];

    /// <summary>Of an array.</summary>
    public IReadOnlyList<LocatedJson> Items { get; private init; } = [];

    /// <summary>Reads a whole document, with or without a byte order mark.</summary>
    /// <exception cref="LocatedFaultException">It is no JSON, or no UTF-8.</exception>
    public static LocatedJson Parse(ReadOnlySpan<byte> json)
    {
        json = json.StartsWith(Encoding.UTF8.Preamble) ? json[Encoding.UTF8.Preamble.Length..] : json;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });

        try
        {
            Strict.GetCharCount(json);
            reader.Read();
            var all = Read(ref reader, json);
            reader.Read();

            return all;
        }
        catch (JsonException exception)
        {
            var index = StartOfLine(json, (int)(exception.LineNumber ?? 0)) + (int)(exception.BytePositionInLine ?? 0);
            var (line, column) = PlaceOf(json, Math.Min(index, json.Length));
            throw new LocatedFaultException(new(line, column, $"is no JSON: {Position().Replace(exception.Message, "")}"));
        }
        catch (DecoderFallbackException exception)
        {
            var (line, column) = PlaceOf(json, exception.Index);
            throw new LocatedFaultException(new(line, column, "is no UTF-8."));
        }
    }

    private static LocatedJson Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var (line, column) = PlaceOf(json, (int)reader.TokenStartIndex);
        var kind = reader.TokenType;

        if (kind is JsonTokenType.StartObject)
        {
            List<(LocatedJson, LocatedJson)> members = [];

            while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
            {
                var name = Read(ref reader, json);
                reader.Read();
                members.Add((name, Read(ref reader, json)));
            }

            return new(kind, "{", line, column) { Members = members };
        }

        if (kind is JsonTokenType.StartArray)
        {
            List<LocatedJson> items = [];

            while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
            {
                items.Add(Read(ref reader, json));
            }

            return new(kind, "[", line, column) { Items = items };
        }

        return new(kind, kind is JsonTokenType.String or JsonTokenType.PropertyName ? Unescaped(ref reader, line, column) : Encoding.UTF8.GetString(reader.ValueSpan), line, column);
    }

    // An escape can name half of a character, which is JSON and no text.
    private static string Unescaped(ref Utf8JsonReader reader, int line, int column)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new LocatedFaultException(new(line, column, "is no text: an escape in it names half of a character."));
        }
    }

    private static (int Line, int Column) PlaceOf(ReadOnlySpan<byte> json, int index)
    {
        var before = json[..index];
        var lineStart = before.LastIndexOf((byte)'\n') + 1;

        return (before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[lineStart..]) + 1);
    }

    // Of the one that has as many before it.
    private static int StartOfLine(ReadOnlySpan<byte> json, int before)
    {
        var start = 0;

        for (; before > 0; before--)
        {
            start += json[start..].IndexOf((byte)'\n') + 1;
        }

        return start;
    }

    [GeneratedRegex(@" (?:Path: .* \| )?LineNumber: .*$", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Position();
}

/// <summary>Something in a file is wrong, and where.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What, as the rest of a sentence.</param>
internal sealed record LocatedFault(int Line, int Column, string Message);

/// <summary>A document cannot be read at all.</summary>
internal sealed class LocatedFaultException(LocatedFault fault) : Exception(fault.Message)
{
    public LocatedFault Fault => fault;
}
