using System.Text.Json;
using System.Text.Json.Nodes;

namespace HardenedService.Tests.Contract;

/// <summary>Makes the requests of an operation from what the document says of it.</summary>
internal sealed class ContractRequests(JsonSchema schemas, SampleValues samples)
{
    private static readonly string[] UnreadableBodies =
    [
        "", "{", "null", "[]", "true", "\"text\"", "{\"notDocumented\":\"\\ud800\"}", "{} trailing", "\u0000", "'{}'", $"{new string('[', 200)}{new string(']', 200)}",
    ];

    private static readonly string?[] OtherContentTypes =
        [null, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/jsonp", "nonsense"];

    private static readonly string[] HostileTexts = ["a\u0000b", "\u202Etxt.exe", "a\u200Bb", "😀", "'; drop table accounts; --", new('x', 100_000)];

    /// <summary>All requests to an operation: those planted for it, and those made from its schemas.</summary>
    public IEnumerable<ContractRequest> To(Operation operation, IEnumerable<ContractSeed> seeds)
    {
        var plain = Plain(operation);

        return seeds.Select(seed => Planted(plain, seed))
            .Concat(Enum.GetValues<Caller>().Select(caller => plain with { What = "any caller", Caller = caller, IsAllowed = null }))
            .Append(plain with { What = "for someone who reads HTML alone", Accept = "text/html", IsAllowed = null })
            .Concat(ParameterEdges(plain))
            .Concat(operation.Body is { } schema ? BodyEdges(plain, schema) : [plain with { What = "with a body that nobody reads", Body = "{}", IsAllowed = null }])
            .Append(plain);
    }

    /// <summary>What the schemas allow, and no more than they ask for in parameters.</summary>
    public ContractRequest Plain(Operation operation) => new(operation, "as documented")
    {
        Body = operation.Body is { } body ? JsonOf(samples.Fitting(body)) : null,
        IsAllowed = operation.Parameters.Count == 0 ? true : null,
        Parameters = operation.Parameters
            .Where(parameter => parameter.IsRequired)
            .ToDictionary(parameter => parameter.Name, parameter => parameter.Example ?? TextOf(samples.Fitting(parameter.Schema))),
    };

    /// <summary>A request with what was planted for it.</summary>
    public static ContractRequest Planted(ContractRequest plain, ContractSeed seed) => plain with
    {
        What = "planted",
        Body = seed.Body is null ? plain.Body : JsonOf(seed.Body),
        Parameters = seed.Parameters.Concat(plain.Parameters).DistinctBy(value => value.Key).ToDictionary(),
        IsAllowed = true,
        Bearer = seed.Bearer,
    };

    private IEnumerable<ContractRequest> BodyEdges(ContractRequest plain, JsonElement schema)
    {
        foreach (var edge in samples.Edges(schema))
        {
            var body = JsonOf(edge.Value);
            yield return plain with
            {
                What = edge.What,
                Body = body,
                IsAllowed = plain.IsAllowed is null || plain.Operation.TakesForm ? null : !schemas.Violations(schema, JsonElement.Parse(body)).Any(),
            };
        }

        foreach (var member in plain.Body!.StartsWith('{') ? JsonNode.Parse(plain.Body)!.AsObject().Select(member => member.Key) : [])
        {
            foreach (var text in HostileTexts)
            {
                var body = JsonNode.Parse(plain.Body)!.AsObject();
                body[member] = text;
                yield return plain with { What = $"a hostile text for {member}", Body = JsonOf(body), IsAllowed = null };
            }

            yield return plain with { What = $"{member} twice", Body = $$"""{"{{member}}":null,{{plain.Body[1..]}}""", IsAllowed = false };
        }

        foreach (var unreadable in UnreadableBodies)
        {
            yield return plain with { What = "a body that cannot be read", Body = unreadable, IsAllowed = false };
        }

        foreach (var type in OtherContentTypes)
        {
            yield return plain with { What = "another content type", ContentType = type, IsAllowed = false };
        }

        yield return plain with { What = "more than a mebibyte", Body = $$"""{"notDocumented":"{{new string('x', 1 << 20)}}"}""", IsAllowed = false };
    }

    private IEnumerable<ContractRequest> ParameterEdges(ContractRequest plain)
    {
        yield return plain with { What = "with a query that nobody reads", Query = "notDocumented=1&notDocumented=2", IsAllowed = null };

        foreach (var parameter in plain.Operation.Parameters)
        {
            // An empty one in the path is the path of another call.
            foreach (var edge in samples.Edges(parameter.Schema).Where(edge => parameter.In != "path" || TextOf(edge.Value) != ""))
            {
                yield return With(plain, parameter, edge.What, TextOf(edge.Value));
            }

            foreach (var text in HostileTexts.Where(text => text.Length < 1000 && CanBeSent(parameter, text)))
            {
                yield return With(plain, parameter, "a hostile text", text);
            }

            if (parameter.In == "query")
            {
                yield return plain with { What = $"{parameter.Name} twice", Query = $"{parameter.Name}=1&{parameter.Name}=2", IsAllowed = null };
            }
            else if (parameter.In == "header" && parameter.IsRequired)
            {
                yield return plain with
                {
                    What = $"without {parameter.Name}",
                    Parameters = plain.Parameters.Where(value => value.Key != parameter.Name).ToDictionary(),
                    IsAllowed = false,
                };
            }
        }
    }

    private static ContractRequest With(ContractRequest plain, Parameter parameter, string what, string value) =>
        plain.With(parameter.Name, value) with { What = $"{parameter.Name}: {what}", IsAllowed = null };

    // No client can send anything but ASCII in a header, and Kestrel itself refuses a path with a NUL, without a body.
    private static bool CanBeSent(Parameter parameter, string text) => parameter.In switch
    {
        "header" => text.All(character => character is >= ' ' and <= '~'),
        "path" => !text.Contains('\0', StringComparison.Ordinal),
        _ => true,
    };

    private static string JsonOf(JsonNode? value) => value?.ToJsonString() ?? "null";

    private static string TextOf(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : JsonOf(value);
}
