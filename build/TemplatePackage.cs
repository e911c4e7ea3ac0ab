using System.Text.Json;

namespace HardenedStarter.Build;

/// <summary>The template as a package, and what `dotnet new` does with it.</summary>
internal static class TemplatePackage
{
    public const string Id = "HardenedStarter.Templates";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Version => Repository.ReadTemplateJson()["symbols"]!["version"]!["parameters"]!["value"]!.GetValue<string>();

    /// <summary>
    /// Packs into <paramref name="output"/>, writing nowhere else but into <paramref name="workspace"/>. With a
    /// <paramref name="houseFeed"/>, that is what `--feed house` means when HARDENED_FEED is not set; else it is `public`.
    /// </summary>
    /// <returns>The path of the package.</returns>
    public static async Task<string> PackAsync(string output, Workspace workspace, string? houseFeed, CancellationToken cancel)
    {
        List<string> arguments =
        [
            "pack", Path.Combine(Repository.Root, "build", "Build.csproj"), "--no-build", "--output", output,
            $"-p:NuspecOutputPath={workspace.Folder("nuspec")}/",
        ];
        if (houseFeed is not null)
        {
            arguments.Add($"-p:TemplateConfig={StageConfig(workspace, houseFeed)}/");
        }

        await Dotnet.RunOrThrowAsync(workspace.Root, "The template could not be packed.", cancel, arguments);
        return Path.Combine(output, $"{Id}.{Version}.nupkg");
    }

    /// <summary>Installs into <paramref name="hive"/>, or where it is null, for the user.</summary>
    public static Task InstallAsync(string package, string? hive, CancellationToken cancel) =>
        Dotnet.RunOrThrowAsync(Path.GetDirectoryName(package)!, "The template could not be installed.", cancel, ["new", "install", package, .. In(hive)]);

    /// <summary>Takes away the user's package, and the clone where it was installed as a folder. Says whether there was anything.</summary>
    public static async Task<bool> UninstallAsync(CancellationToken cancel)
    {
        var package = await Dotnet.RunAsync(Path.GetTempPath(), cancel, "new", "uninstall", Id);
        var folder = await Dotnet.RunAsync(Path.GetTempPath(), cancel, "new", "uninstall", Repository.Root);
        return package.Succeeded || folder.Succeeded;
    }

    public static Task<string> ScaffoldAsync(string name, string output, string feed, string hive, CancellationToken cancel) =>
        Dotnet.RunOrThrowAsync(
            Path.GetTempPath(), $"`dotnet new` did not make a solution named {name}.", cancel,
            ["new", "hardened-api", "--name", name, "--output", output, "--feed", feed, .. In(hive)]);

    private static string[] In(string? hive) => hive is null ? [] : ["--debug:custom-hive", hive];

    private static string StageConfig(Workspace workspace, string houseFeed)
    {
        var staged = workspace.Folder("template-config");
        foreach (var file in Directory.EnumerateFiles(Repository.TemplateConfig))
        {
            File.Copy(file, Path.Combine(staged, Path.GetFileName(file)));
        }

        var template = Repository.ReadTemplateJson();
        template["symbols"]!["houseFeed"]!["defaultValue"] = houseFeed;
        File.WriteAllText(Path.Combine(staged, "template.json"), template.ToJsonString(Indented));
        return staged;
    }
}
