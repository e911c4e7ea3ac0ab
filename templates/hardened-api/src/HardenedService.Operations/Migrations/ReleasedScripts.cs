using System.Reflection;
using HardenedService.Operations.Migrations.Linting;

namespace HardenedService.Operations.Migrations;

/// <summary>
/// The scripts that a release has shipped, in <c>released.sha256</c> beside them: some database has run them, so that an edit would part what is
/// written from what is. The format is that of <c>sha256sum</c>.
/// </summary>
internal sealed class ReleasedScripts(IReadOnlyDictionary<string, string> checksums)
{
    public const string FileName = "released.sha256";

    /// <summary>Those that assemblies hold; none before the first release.</summary>
    /// <exception cref="MigrationException">The file is damaged.</exception>
    public static ReleasedScripts Of(params Assembly[] assemblies) => Parse(string.Concat(assemblies
        .Where(assembly => assembly.GetManifestResourceNames().Any(name => name.EndsWith($".{FileName}", StringComparison.Ordinal)))
        .Select(assembly => MigrationScript.Read(assembly, FileName).Text)));

    /// <exception cref="MigrationException">A line is no checksum and a name, or names what another one does.</exception>
    public static ReleasedScripts Parse(string text)
    {
        var checksums = new Dictionary<string, string>();
        foreach (var (number, line) in text.Split('\n').Index().Where(line => line.Item.Length > 0))
        {
            if (line.Split("  ") is not [{ Length: 64 } checksum, var file] || !checksums.TryAdd(file, checksum))
            {
                throw new MigrationException($"{FileName}:{number + 1} is not a checksum, two spaces and a script, each script once.");
            }
        }

        return new(checksums);
    }

    /// <summary>The file for these scripts.</summary>
    public static string Render(IEnumerable<MigrationScript> scripts) => string.Concat(scripts.Select(script => $"{script.Checksum}  {script.File}\n"));

    public bool Contain(string file) => checksums.ContainsKey(file);

    /// <summary>What is not as it was released.</summary>
    public IEnumerable<LintFinding> Changed(IReadOnlyList<MigrationScript> scripts) =>
        scripts
            .Where(script => checksums.TryGetValue(script.File, out var released) && released != script.Checksum)
            .Select(script => Finding(script.File, "changed since it was released: some databases have run it as it was. Put it back, and write another migration."))
            .Concat(checksums.Keys
                .Except(scripts.Select(script => script.File))
                .Select(file => Finding(file, "released, and gone: some databases have run it. Put it back.")));

    private static LintFinding Finding(string file, string message) => new(file, 1, "released", message);
}
