using System.Text.Json;

namespace HardenedService.Operations.Readiness;

/// <summary>A call, as the service's own document tells of it.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path, with its parameters in braces.</param>
/// <param name="IsOpen">Whether it asks for no session.</param>
internal sealed record DocumentedCall(HttpMethod Method, string Path, bool IsOpen)
{
    public int Parameters => Path.Count(letter => letter == '{');

    /// <summary>The path with an id in the place of each parameter.</summary>
    public string Of(Guid id) => string.Join('/', Path.Split('/').Select(part => part.StartsWith('{') ? $"{id}" : part));

    /// <summary>As the list of open calls names it.</summary>
    public override string ToString() => $"{Method} {Path}";
}

/// <summary>What the service says of itself, on its management port.</summary>
internal static class ServiceDocument
{
    public const string Path = "/openapi/v1.json";

    private const int Ok = 200;

    private static readonly string[] Methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

    /// <summary>Every call that it tells of.</summary>
    /// <exception cref="InconclusiveException">There is no document, or nothing in it.</exception>
    public static async Task<IReadOnlyList<DocumentedCall>> ReadAsync(ReadinessContext context, CancellationToken cancel)
    {
        var document = await context.ProbeAsync(context.Management, HttpMethod.Get, Path, cancel);

        if (document.Status != Ok)
        {
            throw new InconclusiveException($"{context.Management} has no {Path}: its answer is {document.Status}");
        }

        using var json = JsonDocument.Parse(document.Body);
        var calls = Calls(json.RootElement).ToList();

        return calls.Count > 0 ? calls : throw new InconclusiveException($"{Path} tells of no call");
    }

    private static IEnumerable<DocumentedCall> Calls(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        where Methods.Contains(operation.Name)
        select new DocumentedCall(
            HttpMethod.Parse(operation.Name.ToUpperInvariant()),
            path.Name,
            !(operation.Value.TryGetProperty("security", out var security) && security.GetArrayLength() > 0));
}
