using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace HardenedService.Ci;

/// <summary>
/// Packages with known vulnerabilities, direct or not. A source without data on them makes <c>dotnet list package</c> find nothing and say so no
/// louder than one that knows all: where nothing is found, it has to find what everybody knows.
/// </summary>
internal static class PackageAudit
{
    // Denial of service by deep nesting, GHSA-5crp-9r3c-p9vr, high: in every database since 2022.
    private const string Vulnerable = """
        <Project>
          <PropertyGroup>
            <ImportDirectoryBuildProps>false</ImportDirectoryBuildProps>
            <ImportDirectoryBuildTargets>false</ImportDirectoryBuildTargets>
            <ImportDirectoryPackagesProps>false</ImportDirectoryPackagesProps>
            <TargetFramework>net10.0</TargetFramework>
          </PropertyGroup>
          <Import Project="Sdk.props" Sdk="Microsoft.NET.Sdk" />
          <ItemGroup>
            <PackageReference Include="Newtonsoft.Json" Version="12.0.1" />
          </ItemGroup>
          <Import Project="Sdk.targets" Sdk="Microsoft.NET.Sdk" />
        </Project>
        """;

    /// <summary>Looks at all projects of the solution.</summary>
    /// <exception cref="StepException">There are some.</exception>
    /// <exception cref="NotRunException">Nobody knows.</exception>
    public static async Task RunAsync(Workshop workshop)
    {
        var accepted = Accepted(XElement.Load(Path.Combine(workshop.Folder, "Directory.Build.props")));
        var found = Findings(await AskAsync(workshop, workshop.Solution));
        var open = found.Where(finding => !accepted.Contains(finding.Advisory)).ToList();

        foreach (var finding in found)
        {
            Console.WriteLine($"{finding}{(open.Contains(finding) ? "" : " (accepted by NuGetAuditSuppress)")}");
        }

        if (open.Count > 0)
        {
            await ReportAsync(workshop, open, found.Count - open.Count);
            throw new StepException($"{open.Select(finding => finding.Package).Distinct().Count()} packages have known vulnerabilities: see above");
        }

        await ProveAsync(workshop);
        await ReportAsync(workshop, open, found.Count);
    }

    /// <summary>What `readiness` reads afterwards.</summary>
    /// <param name="at">When it was looked at.</param>
    /// <param name="pins">The versions that were looked at: <see cref="Pins"/>.</param>
    /// <param name="vulnerable">What was found.</param>
    /// <param name="accepted">How much more somebody has accepted.</param>
    internal static string Report(DateTimeOffset at, byte[] pins, IEnumerable<Finding> vulnerable, int accepted) =>
        new JsonObject
        {
            ["at"] = at,
            ["pins"] = Convert.ToHexStringLower(SHA256.HashData(pins)),
            ["vulnerable"] = new JsonArray([.. vulnerable.Select(finding => JsonValue.Create($"{finding}"))]),
            ["accepted"] = accepted,
        }.ToJsonString() + "\n";

    /// <summary>What names versions: the solution's file, and the props of folders, which may change what stands there.</summary>
    internal static byte[] Pins(string solution) =>
    [
        .. File.ReadAllBytes(Path.Combine(solution, "Directory.Packages.props")),
        .. Directory.EnumerateDirectories(solution).SelectMany(folder => Directory.EnumerateFiles(folder, "*.props")).Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes),
    ];

    /// <summary>The advisories that somebody has looked at and accepted: <c>&lt;NuGetAuditSuppress Include="address" /&gt;</c>, which restores know too.</summary>
    internal static HashSet<string> Accepted(XElement properties) =>
        [.. properties.Descendants("NuGetAuditSuppress").Select(item => (string?)item.Attribute("Include") ?? "")];

    /// <summary>What stands in a report of <c>dotnet list package --vulnerable --format json</c>.</summary>
    /// <exception cref="NotRunException">It is no such report, or says that it could not look.</exception>
    internal static IReadOnlyList<Finding> Findings(string report)
    {
        if (Parse(report) is not { } root || (int?)root["version"] != 1 || root["projects"] is not JsonArray projects)
        {
            throw new NotRunException($"dotnet list package writes a report of a form that is not known: {report}");
        }

        if (Items(root, "problems").FirstOrDefault(problem => (string?)problem["level"] == "error") is { } error)
        {
            throw new NotRunException($"dotnet list package: {error["text"]}");
        }

        return
        [
            .. (from project in projects.OfType<JsonObject>()
                from framework in Items(project, "frameworks")
                from package in Items(framework, "topLevelPackages").Concat(Items(framework, "transitivePackages"))
                from vulnerability in Items(package, "vulnerabilities")
                select new Finding($"{package["id"]} {package["resolvedVersion"]}", $"{vulnerability["severity"]}", $"{vulnerability["advisoryurl"]}")).Distinct(),
        ];
    }

    private static JsonObject? Parse(string report)
    {
        try
        {
            return JsonNode.Parse(report) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<JsonObject> Items(JsonObject parent, string name) => (parent[name] as JsonArray ?? []).OfType<JsonObject>();

    private static Task ReportAsync(Workshop workshop, IEnumerable<Finding> vulnerable, int accepted) => File.WriteAllTextAsync(
        Path.Combine(Directory.CreateDirectory(Path.Combine(workshop.Folder, "artifacts")).FullName, "packages.json"),
        Report(TimeProvider.System.GetUtcNow(), Pins(workshop.Folder), vulnerable, accepted));

    private static Task<string> AskAsync(Workshop workshop, string project) =>
        workshop.ReadDotnetAsync("list", project, "package", "--vulnerable", "--include-transitive", "--format", "json");

    // Within the solution, so that it is asked of the same sources.
    private static async Task ProveAsync(Workshop workshop)
    {
        var project = Path.Combine(workshop.EmptyArtifacts("audit"), "Vulnerable.csproj");
        await File.WriteAllTextAsync(project, Vulnerable);
        await workshop.ReadDotnetAsync("restore", project);

        if (Findings(await AskAsync(workshop, project)).Count == 0)
        {
            throw new NotRunException(
                "no package source knows of vulnerabilities, not even of that in Newtonsoft.Json 12.0.1: name one that does in nuget.config, among auditSources");
        }
    }

    /// <summary>A vulnerability in a package.</summary>
    internal sealed record Finding(string Package, string Severity, string Advisory)
    {
        public override string ToString() => $"{Package}: {Severity}, {Advisory}";
    }
}
