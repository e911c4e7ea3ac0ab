using System.Text.RegularExpressions;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

/// <summary>The template's content as it lies in the clone, and what each of its tokens stands for.</summary>
internal static partial class TemplateSource
{
    private static readonly string[] NotEmitted = ["bin", "obj", ".dev", ".vs", ".idea", "TestResults", "artifacts", "node_modules"];

    public static IReadOnlyList<string> Files { get; } =
    [
        .. Directory.EnumerateFiles(Repository.Template, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Template, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(NotEmitted.Contains)),
    ];

    /// <summary>With the sample, and without the lines that mark it.</summary>
    public static string Read(string file) => Marker().Replace(File.ReadAllText(Path.Combine(Repository.Template, file)), "");

    /// <summary>Every token replaced in one pass, as the engine does it.</summary>
    public static string Replace(string text, IReadOnlyDictionary<string, string> tokens) => Token().Replace(text, match => tokens[match.Value]);

    [GeneratedRegex(@"^[ \t]*((//)?#(if \(documents\)|endif)|<!--#(if \(documents\)|endif)-->)\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Marker();

    [GeneratedRegex("HardenedService|hardened-service|hardened_service|Hardened Service|5080|5081|5082|2026-01-01/P30D", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();
}
