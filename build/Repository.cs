using System.Text.Json.Nodes;

namespace HardenedStarter.Build;

/// <summary>The clone that this tool was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string TemplateConfig { get; } = Path.Combine(Root, ".template.config");

    public static string Template { get; } = Path.Combine(Root, "templates", "hardened-api");

    public static JsonNode ReadTemplateJson() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(TemplateConfig, "template.json")))!;

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "HardenedStarter.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName
            ?? throw new BuildException("This tool works inside its clone only: no HardenedStarter.sln above " + AppContext.BaseDirectory + ".");
    }
}
