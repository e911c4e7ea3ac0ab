using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

/// <summary>.template.config/template.json</summary>
internal static class TemplateJson
{
    public static JsonObject Symbols { get; } = Repository.ReadTemplateJson()["symbols"]!.AsObject();

    public static IEnumerable<string> Parameters => Symbols.Where(symbol => (string?)symbol.Value!["type"] == "parameter").Select(symbol => symbol.Key);

    /// <summary>The expressions by which a port is chosen, as the engine applies them.</summary>
    public static Func<string, string> PortPick()
    {
        var steps = Symbols["chosenPort"]!["parameters"]!["steps"]!.AsArray();
        return candidates => steps.Aggregate(
            candidates, (text, step) => Regex.Replace(text, (string)step!["regex"]!, (string)step["replacement"]!, RegexOptions.None, TimeSpan.FromSeconds(1)));
    }
}
