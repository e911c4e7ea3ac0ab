using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using HardenedService.Tests.Contract;

namespace HardenedService.Tests.Tenancy;

/// <summary>A place in a request where an id stands.</summary>
/// <param name="Name">Where that is: <c>id in path</c>.</param>
/// <param name="Put">The request with another id there.</param>
internal sealed record IdPlace(string Name, Func<ContractRequest, Guid, ContractRequest> Put);

/// <summary>Finds them in the document: ids in the path, and whatever has the format uuid in the query and in a JSON body.</summary>
internal static class IdPlaces
{
    /// <summary>Those that a request fills.</summary>
    public static IEnumerable<IdPlace> In(ContractRequest request, JsonSchema schemas) =>
    [
        .. InParameters(request.Operation, schemas),
        .. request.Body is { } body && request.Operation.Body is { } schema ? InBody(JsonNode.Parse(body), schema, schemas, []) : [],
    ];

    /// <summary>The names of all that an operation has, whether or not a request fills them.</summary>
    public static IEnumerable<string> Of(Operation operation, JsonSchema schemas) =>
    [
        .. InParameters(operation, schemas).Select(place => place.Name),
        .. operation.Body is { } body ? InSchema(body, schemas, [], []) : [],
    ];

    private static IEnumerable<IdPlace> InParameters(Operation operation, JsonSchema schemas) =>
        operation.Parameters
            .Where(parameter => IsUuid(ItemOf(parameter.Schema, schemas), schemas) || (parameter.In == "path" && IsText(parameter.Schema, schemas)))
            .Select(parameter => new IdPlace($"{parameter.Name} in {parameter.In}", (request, id) => request.With(parameter.Name, $"{id}")));

    private static IEnumerable<IdPlace> InBody(JsonNode? value, JsonElement schema, JsonSchema schemas, string[] path)
    {
        schema = schemas.Resolve(schema);

        return value switch
        {
            JsonObject members when schema.TryGetProperty("properties", out var properties) => members
                .Where(member => properties.TryGetProperty(member.Key, out _))
                .SelectMany(member => InBody(member.Value, properties.GetProperty(member.Key), schemas, [.. path, member.Key])),
            JsonArray items when schema.TryGetProperty("items", out var item) => items
                .Take(1)
                .SelectMany(first => InBody(first, item, schemas, [.. path, "0"])),
            _ when IsUuid(schema, schemas) => [new IdPlace(NameOf(path), (request, id) => request with { Body = With(request.Body!, path, id) })],
            _ => [],
        };
    }

    private static IEnumerable<string> InSchema(JsonElement schema, JsonSchema schemas, string[] path, string[] within)
    {
        // A schema that holds itself holds no other places deeper down.
        var name = schema.TryGetProperty("$ref", out var reference) ? reference.GetString()! : "";

        if (name != "" && within.Contains(name))
        {
            return [];
        }

        within = [.. within, name];
        schema = schemas.Resolve(schema);

        return schema.TryGetProperty("properties", out var properties)
                ? properties.EnumerateObject().SelectMany(member => InSchema(member.Value, schemas, [.. path, member.Name], within))
            : schema.TryGetProperty("items", out var item) ? InSchema(item, schemas, [.. path, "0"], within)
            : schema.TryGetProperty("oneOf", out var choice) ? choice.EnumerateArray().SelectMany(one => InSchema(one, schemas, path, within))
            : IsUuid(schema, schemas) ? [NameOf(path)]
            : [];
    }

    private static string With(string body, string[] path, Guid id)
    {
        var root = JsonNode.Parse(body)!;

        if (path is [])
        {
            return $"\"{id}\"";
        }

        var parent = path[..^1].Aggregate(root, (node, step) => node is JsonArray array ? array[Index(step)]! : node[step]!);

        if (parent is JsonArray items)
        {
            items[Index(path[^1])] = $"{id}";
        }
        else
        {
            parent[path[^1]] = $"{id}";
        }

        return root.ToJsonString();
    }

    private static int Index(string step) => int.Parse(step, CultureInfo.InvariantCulture);

    private static string NameOf(string[] path) => $"{string.Join('.', path)} in the body";

    private static JsonElement ItemOf(JsonElement schema, JsonSchema schemas) =>
        schemas.Resolve(schema) is var resolved && resolved.TryGetProperty("items", out var item) ? item : resolved;

    private static bool IsUuid(JsonElement schema, JsonSchema schemas) =>
        schemas.Resolve(schema).TryGetProperty("format", out var format) && format.GetString() == "uuid";

    private static bool IsText(JsonElement schema, JsonSchema schemas) =>
        schemas.Resolve(schema) is var resolved && resolved.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
        && type.GetString() == "string" && !resolved.TryGetProperty("enum", out _);
}
