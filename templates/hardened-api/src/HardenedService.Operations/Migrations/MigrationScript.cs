using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using HardenedService.Operations.Migrations.Linting;
using HardenedService.Operations.Migrations.Linting.Rules;

namespace HardenedService.Operations.Migrations;

/// <summary>
/// A script of a migration, embedded beside it. Its text is the same wherever it was checked out and built, with CRLF and a byte order mark or
/// without: a function's body is stored as it is sent, and a checksum is taken of it.
/// </summary>
internal sealed record MigrationScript(string File, string Text)
{
    private static readonly string[] Directions = ["up", "down"];

    /// <summary>As <c>sha256sum</c> prints it of the file.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    /// <summary>A migration's script; the direction is <c>up</c> or <c>down</c>.</summary>
    public static MigrationScript Of(Type migration, string direction) => Read(migration.Assembly, $"{migration.Name}.{direction}.sql");

    /// <summary>Reads a script.</summary>
    /// <exception cref="MigrationException">There is none of that name.</exception>
    public static MigrationScript Read(Assembly assembly, string file)
    {
        var resource = Array.Find(assembly.GetManifestResourceNames(), name => name.EndsWith($".{file}", StringComparison.Ordinal))
            ?? throw new MigrationException($"There is no script {file}: write it, beside the class of its migration.");
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return new(file, Normalized(reader.ReadToEnd()));
    }

    /// <summary>The text with line feeds alone, and without a byte order mark.</summary>
    public static string Normalized(string text) => text.TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    /// <summary>Whether it works beside the traffic and does nothing else, so that nobody waits for it while it waits.</summary>
    public bool IsConcurrent => SqlScript.Parse(Text).Statements is [var only] && IndexRules.IsConcurrent(only.Phrase);

    /// <summary>The scripts of a migration as the lint sees them, up and down.</summary>
    public static IEnumerable<LintedScript> ToLint(KnownMigration migration) =>
        from direction in Directions
        let script = Of(migration.Type, direction)
        select new LintedScript(script.File, script.Text, migration.Transactional, IsWayBack: direction == "down");
}
