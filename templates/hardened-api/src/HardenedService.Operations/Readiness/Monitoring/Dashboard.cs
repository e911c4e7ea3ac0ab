using System.Text.Json;

namespace HardenedService.Operations.Readiness.Monitoring;

/// <summary>A dashboard of Grafana, as far as it asks Prometheus.</summary>
/// <param name="Name">Of the file.</param>
/// <param name="Expressions">Of its panels and annotations. What its variables ask for is not among them.</param>
/// <param name="Faults">What is wrong with the file.</param>
internal sealed record Dashboard(string Name, IReadOnlyList<string> Expressions, IReadOnlyList<string> Faults)
{
    /// <summary>All files of a folder, by name.</summary>
    /// <exception cref="IOException">One cannot be read.</exception>
    public static IReadOnlyList<Dashboard> ReadAll(string folder) =>
        Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(path => Parse(Path.GetFileName(path), File.ReadAllText(path)))]
            : [];

    /// <summary>Reads the text of a file.</summary>
    public static Dashboard Parse(string name, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            List<string> expressions = [.. In(document.RootElement)];

            return new(name, expressions, expressions.Count > 0 ? [] : [$"{name}: it asks for nothing"]);
        }
        catch (JsonException exception)
        {
            return new(name, [], [FormattableString.Invariant($"{name}:{exception.LineNumber + 1}: is no JSON")]);
        }
    }

    // Panels can lie in rows, and those in others.
    private static IEnumerable<string> In(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            member.Name == "expr" && member.Value.ValueKind is JsonValueKind.String ? [member.Value.GetString()!] : In(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(In),
        _ => [],
    };
}
