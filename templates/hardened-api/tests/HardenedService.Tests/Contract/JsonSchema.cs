using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace HardenedService.Tests.Contract;

/// <summary>
/// Checks values against the subset of JSON Schema (draft 2020-12) that our document uses. It throws on a keyword or format that it does
/// not know: what is not checked would pass for true.
/// </summary>
internal sealed class JsonSchema(JsonElement document)
{
    // Passes through every keyword without being looked into.
    private static readonly JsonElement Null = JsonElement.Parse("null");
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);

    /// <summary>What of the value the schema does not allow, as sentences; none if all is well.</summary>
    public IEnumerable<string> Violations(JsonElement schema, JsonElement value, string at = "the body") =>
        schema.EnumerateObject().SelectMany(keyword => Violations(keyword, schema, value, at));

    /// <summary>Follows a reference, if it is one.</summary>
    public JsonElement Resolve(JsonElement element)
    {
        while (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("$ref", out var reference))
        {
            element = reference.GetString()!.Split('/').Skip(1).Aggregate(document, (parent, name) => parent.GetProperty(Unescape(name)));
        }

        return element;
    }

    /// <summary>Looks at every keyword below a schema, though no answer may ever reach it.</summary>
    /// <exception cref="NotSupportedException">One of them is not known.</exception>
    public void AssertKnown(JsonElement schema)
    {
        _ = Violations(schema, Null).ToList();

        foreach (var keyword in schema.EnumerateObject())
        {
            IEnumerable<JsonElement> below = keyword.Name switch
            {
                "properties" => keyword.Value.EnumerateObject().Select(property => property.Value),
                "items" or "additionalProperties" when keyword.Value.ValueKind == JsonValueKind.Object => [keyword.Value],
                "allOf" or "anyOf" or "oneOf" => keyword.Value.EnumerateArray(),
                _ => [],
            };

            foreach (var subschema in below.Where(subschema => !subschema.TryGetProperty("$ref", out _)))
            {
                AssertKnown(subschema);
            }
        }
    }

    private static string Unescape(string name) => name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    private IEnumerable<string> Violations(JsonProperty keyword, JsonElement schema, JsonElement value, string at)
    {
        var argument = keyword.Value;

        return keyword.Name switch
        {
            "description" or "title" or "default" or "example" or "examples" or "deprecated" => [],
            "$ref" => Violations(Resolve(schema), value, at),
            "type" => Unless(IsOf(argument, value), $"{at} is not of type {argument}"),
            "enum" => Unless(argument.EnumerateArray().Any(allowed => JsonElement.DeepEquals(allowed, value)), $"{at} is {value}, not one of {argument}"),
            "minLength" => Unless(value.ValueKind != JsonValueKind.String || Length(value) >= argument.GetInt32(), $"{at} is shorter than {argument}"),
            "maxLength" => Unless(value.ValueKind != JsonValueKind.String || Length(value) <= argument.GetInt32(), $"{at} is longer than {argument}"),
            "pattern" => Unless(
                value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, argument.GetString()!, RegexOptions.ECMAScript, LongestMatch),
                $"{at} does not match {argument}"),
            "format" => Unless(IsOfFormat(argument.GetString()!, value), $"{at} is not of format {argument}"),
            "minimum" => Unless(value.ValueKind != JsonValueKind.Number || value.GetDouble() >= argument.GetDouble(), $"{at} is less than {argument}"),
            "maximum" => Unless(value.ValueKind != JsonValueKind.Number || value.GetDouble() <= argument.GetDouble(), $"{at} is more than {argument}"),
            "minItems" => Unless(value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= argument.GetInt32(), $"{at} has less items than {argument}"),
            "maxItems" => Unless(value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= argument.GetInt32(), $"{at} has more items than {argument}"),
            "required" => Required(argument, value, at),
            "properties" => Properties(argument, value, at),
            "additionalProperties" => AdditionalProperties(argument, schema, value, at),
            "items" => value.ValueKind == JsonValueKind.Array
                ? value.EnumerateArray().SelectMany((item, index) => Violations(argument, item, $"{at}[{index}]"))
                : [],
            "allOf" => argument.EnumerateArray().SelectMany(part => Violations(part, value, at)),
            "anyOf" => Unless(argument.EnumerateArray().Any(part => !Violations(part, value, at).Any()), $"{at} matches none of the schemas of anyOf"),
            "oneOf" => Unless(argument.EnumerateArray().Count(part => !Violations(part, value, at).Any()) == 1, $"{at} does not match exactly one of oneOf"),
            _ => throw new NotSupportedException($"JsonSchema does not know the keyword '{keyword.Name}': teach it, or the contract run would not check it."),
        };
    }

    private static IEnumerable<string> Unless(bool holds, string violation) => holds ? [] : [violation];

    private static IEnumerable<string> Required(JsonElement names, JsonElement value, string at) =>
        value.ValueKind == JsonValueKind.Object
            ? names.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{at} lacks the member {name}")
            : [];

    private IEnumerable<string> Properties(JsonElement properties, JsonElement value, string at) =>
        value.ValueKind == JsonValueKind.Object
            ? value.EnumerateObject()
                .Where(member => properties.TryGetProperty(member.Name, out _))
                .SelectMany(member => Violations(properties.GetProperty(member.Name), member.Value, $"{at}.{member.Name}"))
            : [];

    private IEnumerable<string> AdditionalProperties(JsonElement argument, JsonElement schema, JsonElement value, string at)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        var further = value.EnumerateObject().Where(member => !(schema.TryGetProperty("properties", out var known) && known.TryGetProperty(member.Name, out _)));

        return argument.ValueKind switch
        {
            JsonValueKind.True => [],
            JsonValueKind.False => further.Select(member => $"{at} has the member {member.Name}, which is not documented"),
            _ => further.SelectMany(member => Violations(argument, member.Value, $"{at}.{member.Name}")),
        };
    }

    private static bool IsOf(JsonElement type, JsonElement value) =>
        type.ValueKind == JsonValueKind.Array
            ? type.EnumerateArray().Any(one => IsOf(one, value))
            : type.GetString() switch
            {
                "null" => value.ValueKind == JsonValueKind.Null,
                "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                "string" => value.ValueKind == JsonValueKind.String,
                "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number == decimal.Truncate(number),
                "number" => value.ValueKind == JsonValueKind.Number,
                "array" => value.ValueKind == JsonValueKind.Array,
                "object" => value.ValueKind == JsonValueKind.Object,
                var other => throw new NotSupportedException($"JsonSchema does not know the type '{other}'."),
            };

    private static bool IsOfFormat(string format, JsonElement value) => (format, value.ValueKind) switch
    {
        ("int32", JsonValueKind.Number) => value.TryGetInt32(out _),
        ("int64", JsonValueKind.Number) => value.TryGetInt64(out _),
        ("double" or "float", JsonValueKind.Number) => true,
        ("uuid", JsonValueKind.String) => Guid.TryParseExact(value.GetString(), "D", out _),
        ("email", JsonValueKind.String) => Regex.IsMatch(value.GetString()!, @"^[^@\s]+@[^@\s]+$", RegexOptions.None, LongestMatch),
        ("uri", JsonValueKind.String) => Uri.TryCreate(value.GetString(), UriKind.Absolute, out _),
        ("date-time", JsonValueKind.String) => IsDateTime(value.GetString()!),
        ("password" or "binary", JsonValueKind.String) => true,
        ("int32" or "int64" or "double" or "float" or "uuid" or "email" or "uri" or "date-time" or "password" or "binary", _) => true,
        _ => throw new NotSupportedException($"JsonSchema does not know the format '{format}': teach it, or the contract run would not check it."),
    };

    // RFC 3339, in UTC.
    private static bool IsDateTime(string text) =>
        Regex.IsMatch(text, @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", RegexOptions.ExplicitCapture, LongestMatch)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _);

    private static int Length(JsonElement value) => value.GetString()!.EnumerateRunes().Count();
}
