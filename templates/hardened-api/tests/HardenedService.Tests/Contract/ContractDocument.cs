using System.Text.Json;

namespace HardenedService.Tests.Contract;

/// <summary>The OpenAPI document, as far as the contract run reads it.</summary>
internal sealed class ContractDocument
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch"];

    private readonly JsonElement _root;

    public ContractDocument(JsonElement root)
    {
        _root = root;
        Schemas = new JsonSchema(root);
        Operations =
        [
            .. from path in root.GetProperty("paths").EnumerateObject()
               from method in path.Value.EnumerateObject()
               where Methods.Contains(method.Name)
               select new Operation(this, HttpMethod.Parse(method.Name.ToUpperInvariant()), path.Name, method.Value),
        ];
    }

    public JsonSchema Schemas { get; }

    public IReadOnlyList<Operation> Operations { get; }

    /// <summary>Every schema of the document, of components and of operations.</summary>
    public IEnumerable<JsonElement> AllSchemas() =>
        _root.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(schema => schema.Value)
            .Concat(Operations.SelectMany(operation => operation.Parameters.Select(parameter => parameter.Schema)))
            .Concat(Operations.SelectMany(operation => operation.Responses.Values).SelectMany(ContentSchemas));

    private static IEnumerable<JsonElement> ContentSchemas(JsonElement response) =>
        response.TryGetProperty("content", out var content)
            ? content.EnumerateObject().Where(media => media.Value.TryGetProperty("schema", out _)).Select(media => media.Value.GetProperty("schema"))
            : [];
}

/// <summary>One method of one path.</summary>
internal sealed class Operation
{
    public Operation(ContractDocument document, HttpMethod method, string path, JsonElement definition)
    {
        Method = method;
        Path = path;
        Id = definition.GetProperty("operationId").GetString()!;
        NeedsSession = definition.GetProperty("security").GetArrayLength() > 0;
        Responses = definition.GetProperty("responses").EnumerateObject().ToDictionary(response => response.Name, response => document.Schemas.Resolve(response.Value));
        Parameters = definition.TryGetProperty("parameters", out var parameters)
            ? [.. parameters.EnumerateArray().Select(parameter => new Parameter(document.Schemas.Resolve(parameter)))]
            : [];
        Body = definition.TryGetProperty("requestBody", out var body)
            ? document.Schemas.Resolve(body).GetProperty("content").EnumerateObject()
                .Where(media => media.Name is "application/json" or ContractForm.MediaType)
                .Select(media => (JsonElement?)media.Value.GetProperty("schema"))
                .FirstOrDefault()
            : null;
        TakesForm = Body is not null && document.Schemas.Resolve(body).GetProperty("content").TryGetProperty(ContractForm.MediaType, out _);
    }

    public string Id { get; }

    public HttpMethod Method { get; }

    public string Path { get; }

    public bool NeedsSession { get; }

    /// <summary>The schema of its body, if it reads one.</summary>
    public JsonElement? Body { get; }

    /// <summary>Whether its body is a form, with a part for each member of the schema.</summary>
    public bool TakesForm { get; }

    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>What is documented of its answers, by status.</summary>
    public IReadOnlyDictionary<string, JsonElement> Responses { get; }

    public override string ToString() => $"{Method} {Path} ({Id})";
}

/// <summary>A parameter in the path, the query or a header.</summary>
internal sealed class Parameter(JsonElement definition)
{
    public string Name { get; } = definition.GetProperty("name").GetString()!;

    public string In { get; } = definition.GetProperty("in").GetString()!;

    public bool IsRequired { get; } = definition.TryGetProperty("required", out var required) && required.GetBoolean();

    public JsonElement Schema { get; } = definition.GetProperty("schema");

    /// <summary>A value that is acceptable, where the document gives one.</summary>
    public string? Example { get; } = definition.TryGetProperty("example", out var example) ? example.ToString() : null;
}
