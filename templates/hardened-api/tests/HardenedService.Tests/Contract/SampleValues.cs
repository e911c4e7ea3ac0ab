using System.Text.Json;
using System.Text.Json.Nodes;

namespace HardenedService.Tests.Contract;

/// <summary>A value to put into a request, and what is special about it.</summary>
internal sealed record Sample(string What, JsonNode? Value);

/// <summary>Makes values from schemas: one that fits, and many at and beyond the edges. The same seed makes the same values.</summary>
internal sealed class SampleValues(JsonSchema schemas, int seed)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";
    private const string Domain = "@example.org";
    private const int UsualLength = 24;

    private readonly Random _random = new(seed);

    /// <summary>A value that the schema allows.</summary>
    public JsonNode? Fitting(JsonElement schema)
    {
        schema = schemas.Resolve(schema);

        return TypeOf(schema) switch
        {
            _ when schema.TryGetProperty("enum", out var allowed) => JsonNode.Parse(allowed[0].GetRawText()),
            "object" => new JsonObject(Members(schema).Select(member => KeyValuePair.Create(member.Name, Fitting(member.Value)))),
            "array" => new JsonArray([.. Enumerable.Range(0, Math.Max(1, Argument(schema, "minItems") ?? 0)).Select(_ => Fitting(schema.GetProperty("items")))]),
            "boolean" => true,
            "integer" or "number" => Argument(schema, "minimum") ?? 1,
            "string" => Text(schema, Math.Clamp(UsualLength, Argument(schema, "minLength") ?? 0, Argument(schema, "maxLength") ?? int.MaxValue)),
            var other => throw new NotSupportedException($"SampleValues makes no value of type {other}."),
        };
    }

    /// <summary>Values at and beyond the edges of the schema. Whether it allows them, JsonSchema tells.</summary>
    public IEnumerable<Sample> Edges(JsonElement schema)
    {
        schema = schemas.Resolve(schema);

        return
        [
            new("null", null),
            new("a boolean", true),
            new("a number", 42),
            new("a text", "text"),
            new("an empty text", ""),
            new("an array", new JsonArray()),
            new("an object", new JsonObject()),
            .. schema.TryGetProperty("enum", out var allowed) ? EnumEdges(allowed) : [],
            .. TypeOf(schema) switch
            {
                "object" => ObjectEdges(schema),
                "array" => Edges(schema.GetProperty("items")).Select(item => new Sample($"an item that is {item.What}", new JsonArray(item.Value?.DeepClone()))),
                "string" => TextEdges(schema),
                "integer" or "number" => NumberEdges(schema),
                _ => [],
            },
        ];
    }

    private IEnumerable<Sample> ObjectEdges(JsonElement schema)
    {
        yield return new("with an unknown member", With(schema, "notDocumented", true));

        foreach (var member in Members(schema))
        {
            var without = Fitting(schema)!.AsObject();
            without.Remove(member.Name);
            yield return new($"without {member.Name}", without);

            foreach (var edge in Edges(member.Value))
            {
                yield return new($"{member.Name}: {edge.What}", With(schema, member.Name, edge.Value));
            }
        }
    }

    private JsonObject With(JsonElement schema, string member, JsonNode? value)
    {
        var whole = Fitting(schema)!.AsObject();
        whole[member] = value?.DeepClone();
        return whole;
    }

    private static IEnumerable<Sample> EnumEdges(JsonElement allowed) =>
    [
        .. allowed.EnumerateArray().Select(one => new Sample($"{one}", JsonNode.Parse(one.GetRawText()))),
        new("an unknown name", "notDocumented"),
        new("a name in capitals", allowed[0].ToString().ToUpperInvariant()),
        new("a number for a name", 0),
    ];

    private IEnumerable<Sample> TextEdges(JsonElement schema)
    {
        if (Argument(schema, "minLength") is { } min)
        {
            yield return new("as short as allowed", Text(schema, min));
            yield return new("too short", new string('a', min - 1));
        }

        if (Argument(schema, "maxLength") is { } max)
        {
            yield return new("as long as allowed", Text(schema, max));
            yield return new("too long", Text(schema, max + 1));
        }
    }

    private static IEnumerable<Sample> NumberEdges(JsonElement schema)
    {
        var edges = new[] { Argument(schema, "minimum"), Argument(schema, "minimum") - 1, Argument(schema, "maximum"), Argument(schema, "maximum") + 1 };

        return
        [
            .. edges.OfType<int>().Select(edge => new Sample($"{edge}", edge)),
            new("a fraction", 1.5),
            new("more than 64 bits", JsonNode.Parse("99999999999999999999")),
            new("a number in quotes", "1"),
        ];
    }

    private string Text(JsonElement schema, int length) => schema.TryGetProperty("format", out var format) ? format.GetString() switch
    {
        "email" => string.Concat(Word(Math.Max(1, length - Domain.Length)), Domain),
        "uuid" => new Guid([.. Enumerable.Range(0, 16).Select(_ => (byte)_random.Next(256))]).ToString("D"),
        "uri" => $"https://example.org/{Word(length)}",
        "date-time" => "2025-01-01T00:00:00Z",
        _ => Word(length),
    } : Word(length);

    private string Word(int length) => new(_random.GetItems<char>(Letters, length));

    // Of members that exclude one another, the first.
    private static IEnumerable<JsonProperty> Members(JsonElement schema)
    {
        var excluded = schema.TryGetProperty("oneOf", out var choice)
            ? choice.EnumerateArray().Skip(1).SelectMany(other => other.GetProperty("required").EnumerateArray()).Select(name => name.GetString()).ToList()
            : [];

        return schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().Where(member => !excluded.Contains(member.Name)) : [];
    }

    private static int? Argument(JsonElement schema, string keyword) => schema.TryGetProperty(keyword, out var argument) ? argument.GetInt32() : null;

    // Of several types, the one that is not null.
    private static string? TypeOf(JsonElement schema) =>
        !schema.TryGetProperty("type", out var type) ? null
        : type.ValueKind == JsonValueKind.String ? type.GetString()
        : type.EnumerateArray().Select(one => one.GetString()).First(one => one != "null");
}
