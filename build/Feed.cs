using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace HardenedStarter.Build;

/// <summary>A package of the public variant for which the restricted one has an answer.</summary>
internal sealed record FeedPackage(string Id, string Version);

/// <summary>What the configured feed holds of the packages that differ between the two variants.</summary>
internal sealed partial record Feed(string Name, IReadOnlyList<string> Missing)
{
    public const string Public = "public";

    public const string Restricted = "restricted";

    public string Reason => Name == Public
        ? "the feed holds every package of the public variant"
        : $"the feed lacks {string.Join(", ", Missing)}";

    /// <summary>The packages that compat/ stands in for or lowers, in the versions of the public variant.</summary>
    public static IReadOnlyList<FeedPackage> Differing()
    {
        var versions = Load("Directory.Packages.props").Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value, StringComparer.Ordinal);
        var lowered = Load("compat/versions.props").Descendants("PackageVersion").Select(package => package.Attribute("Update")!.Value);
        return [.. Absent().Concat(lowered).Select(id => new FeedPackage(id, versions[id]))];
    }

    /// <summary>The packages that compat/ stands in for.</summary>
    public static IReadOnlyList<string> Absent() => Load("compat/compat.targets").Descendants("AbsentPackages").Single().Value.Split(';');

    /// <exception cref="BuildException">The feed did not answer, or answered something else than yes or no.</exception>
    public static async Task<Feed> ProbeAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var project = new XElement("Project", new XAttribute("Sdk", "Microsoft.NET.Sdk"),
            new XElement("PropertyGroup", new XElement("TargetFramework", "net10.0")),
            new XElement("ItemGroup", Differing().Select(package => new XElement(
                "PackageReference", new XAttribute("Include", package.Id), new XAttribute("Version", $"[{package.Version}]")))));
        await File.WriteAllTextAsync(Path.Combine(workspace.Root, "Probe.csproj"), project.ToString(), cancel);

        var restore = await Dotnet.RunAsync(workspace.Root, cancel, "restore", "-v", "q");
        if (restore.Succeeded)
        {
            return new Feed(Public, []);
        }

        var errors = RestoreErrors().Matches(restore.Output);
        if (errors.Count == 0 || errors.Any(error => error.Groups["code"].Value is not ("NU1101" or "NU1102")))
        {
            throw new BuildException("The package feed cannot be asked what it holds: check the network and the configured package sources (dotnet nuget list source).", restore.Output);
        }

        return new Feed(Restricted, [.. errors.Select(error => error.Groups["id"]).Where(id => id.Success).Select(id => id.Value).Distinct().Order(StringComparer.Ordinal)]);
    }

    private static XElement Load(string path) => XElement.Load(Path.Combine(Repository.Template, path));

    [GeneratedRegex(@"error (?<code>[A-Z]+\d+):( Unable to find package (?<id>[\w.]*\w))?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RestoreErrors();
}
