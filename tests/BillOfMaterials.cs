using System.Text.Json.Nodes;

namespace HardenedStarter.Tests;

/// <summary>What a bill of materials has to hold that no schema asks for.</summary>
internal static class BillOfMaterials
{
    /// <summary>What is wrong with one.</summary>
    /// <param name="bill">The document.</param>
    /// <param name="assets">What NuGet wrote when it restored the program.</param>
    public static IReadOnlyList<string> Faults(JsonNode bill, JsonNode assets)
    {
        var root = Reference(bill["metadata"]!["component"]!);
        var components = bill["components"]!.AsArray().Select(component => component!).ToList();
        var known = components.Select(Reference).Append(root).ToList();
        var needs = bill["dependencies"]!.AsArray().ToDictionary(item => $"{item!["ref"]}", item => (item!["dependsOn"] as JsonArray ?? []).Select(other => $"{other}").ToList());
        var packages = components.Where(component => component["purl"] is not null).ToList();
        var restored = assets["targets"]!.AsObject().SelectMany(target => target.Value!.AsObject()).Where(item => $"{item.Value!["type"]}" == "package").Select(item => item.Key).ToHashSet();

        return
        [
            .. known.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => $"{group.Key} is there twice"),
            .. needs.Keys.Concat(needs.Values.SelectMany(others => others)).Except(known).Select(name => $"{name} is needed, and not there"),
            .. known.Except(Reached(root, needs)).Select(name => $"{name} is needed by nobody"),
            .. restored.Except(packages.Select(package => $"{package["name"]}/{package["version"]}")).Select(name => $"{name} was restored, and is not there"),
            .. packages.Where(package => $"{package["purl"]}" != $"pkg:nuget/{package["name"]}@{package["version"]}").Select(package => $"{package["name"]} is called {package["purl"]}"),
            .. packages.Where(package => $"{package["hashes"]?[0]?["alg"]}" != "SHA-512" || $"{package["hashes"]?[0]?["content"]}".Length != 128).Select(package => $"{package["name"]} has no hash"),
            .. packages.Where(package => package["licenses"] is not JsonArray { Count: > 0 }).Select(package => $"{package["name"]} has no licence"),
        ];
    }

    private static string Reference(JsonNode component) => $"{component["bom-ref"]}";

    private static HashSet<string> Reached(string root, Dictionary<string, List<string>> needs)
    {
        var reached = new HashSet<string>();
        var open = new Stack<string>([root]);

        while (open.TryPop(out var name))
        {
            if (reached.Add(name))
            {
                needs.GetValueOrDefault(name, []).ForEach(open.Push);
            }
        }

        return reached;
    }
}
