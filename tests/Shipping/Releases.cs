using System.Diagnostics;
using HardenedStarter.Build;

namespace HardenedStarter.Tests.Shipping;

/// <summary>
/// The service as its Dockerfile publishes it, twice: as it is, and as another version with a migration that the first one does not know. Made once.
/// </summary>
internal sealed record Releases(string First, string Second, TimeSpan SecondTook)
{
    public const string FirstVersion = "1.0.0";
    public const string SecondVersion = "2.0.0";

    private static readonly SemaphoreSlim Gate = new(1);
    private static readonly string[] Needless = ["bin", "obj", ".dev", "docs", "tests", "dev"];
    private static Releases? _made;

    public static async Task<Releases> MakeAsync(TemplateFixture template, CancellationToken cancel)
    {
        await Gate.WaitAsync(cancel);

        try
        {
            return _made ??= await NewAsync(template, cancel);
        }
        finally
        {
            Gate.Release();
        }
    }

    private static async Task<Releases> NewAsync(TemplateFixture template, CancellationToken cancel)
    {
        var (folder, context) = (template.NewFolder(), template.NewFolder());
        CopyTo(Repository.Template, context);
        var root = Path.Combine(folder, "root");
        var first = Move(await DockerBuild.RunAsync(context, root, cancel, ("VERSION", FirstVersion)), Path.Combine(folder, FirstVersion));

        // The commit, in which a team adds a column, and what follows it.
        var watch = Stopwatch.StartNew();
        var added = await template.NewItemAsync("hardened-migration", context, "-n", "AddDocumentNotes");
        Assert.True(added.Succeeded, added.Output);
        var migrations = Path.Combine(context, "src", "HardenedService.Operations", "Migrations");
        await WriteAsync(Path.Combine(migrations, "*_AddDocumentNotes.up.sql"), "alter table documents.documents\n  add column note text null;\n");
        await WriteAsync(Path.Combine(migrations, "*_AddDocumentNotes.down.sql"), "alter table documents.documents\n  drop column note;\n");
        var second = Move(await DockerBuild.RunAsync(context, root, cancel, ("VERSION", SecondVersion), ("COMMIT", "0123456789abcdef")), Path.Combine(folder, SecondVersion));

        return new(first, second, watch.Elapsed);
    }

    private static Task WriteAsync(string pattern, string sql) =>
        File.WriteAllTextAsync(Assert.Single(Directory.GetFiles(Path.GetDirectoryName(pattern)!, Path.GetFileName(pattern))), sql);

    private static string Move(string from, string to)
    {
        Directory.Move(from, to);
        return to;
    }

    private static void CopyTo(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(from, file);

            if (!path.Split('/').Any(Needless.Contains))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, path))!);
                File.Copy(file, Path.Combine(to, path));
            }
        }
    }
}
