using System.Diagnostics;
using System.Text.RegularExpressions;
using HardenedService.Operations.Postgres;
using HardenedService.Tests.Shipping;
using HardenedStarter.Build;

namespace HardenedStarter.Tests.Shipping;

/// <summary>
/// Does what stands in the build stage of the emitted Dockerfile, without an engine: copies what it copies of the context that .dockerignore leaves, and
/// runs what it runs, by the SDK of this machine, below a directory that stands for the root.
/// </summary>
internal static partial class DockerBuild
{
    /// <summary>Builds a context and returns where <c>/app</c> lies.</summary>
    public static async Task<string> RunAsync(string context, string root, CancellationToken cancel, params (string Name, string Value)[] arguments)
    {
        var file = Dockerfile.Parse((await File.ReadAllTextAsync(Path.Combine(context, "ops", "containers", "Dockerfile"), cancel)).ReplaceLineEndings("\n"), arguments);
        var files = Context(context);
        var folder = root;

        foreach (var step in file.Instructions.Where(step => step.Stage == 1))
        {
            switch (step.Name)
            {
                case "WORKDIR":
                    folder = Directory.CreateDirectory(Path.Combine(root, step.Arguments.TrimStart('/'))).FullName;
                    break;
                case "COPY":
                    Copy(context, files, folder, step.Arguments.Split(' '));
                    break;
                case "RUN":
                    await RunAsync(step.Arguments, root, folder, cancel);
                    break;
                default:
                    Assert.Contains(step.Name, (string[])["FROM", "ARG"]);
                    break;
            }
        }

        return Path.Combine(root, "app");
    }

    private static async Task RunAsync(string command, string root, string folder, CancellationToken cancel)
    {
        // What an engine mounts is not there, and need not be.
        var here = Absolute().Replace(Mount().Replace(command, ""), path => root + path.Value);
        var start = Dotnet.StartInfo(folder, []);
        var (exitCode, output) = await SupervisedProcess.RunAsync(Shell(start, here), cancel);
        Assert.True(exitCode == 0, $"{here}\n{output}");
    }

    private static ProcessStartInfo Shell(ProcessStartInfo start, string command)
    {
        start.Environment["PATH"] = $"{Path.GetDirectoryName(Dotnet.Executable)}:{start.Environment["PATH"]}";
        start.FileName = "/bin/sh";
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);

        return start;
    }

    // Paths with slashes, relative to the context. The last pattern that matches decides.
    private static List<string> Context(string context)
    {
        var patterns = File.ReadAllLines(Path.Combine(context, ".dockerignore"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => (Taken: line[0] == '!', Pattern: Glob(line.TrimStart('!'), within: "(/.*)?")))
            .ToList();

        return
        [
            .. Directory.EnumerateFiles(context, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(context, file))
                .Where(file => patterns.LastOrDefault(pattern => pattern.Pattern.IsMatch(file), (Taken: true, null!)).Taken),
        ];
    }

    private static void Copy(string context, List<string> files, string folder, string[] words)
    {
        var target = words[^1];
        var found = 0;

        foreach (var word in words[..^1])
        {
            var exact = Glob(word, within: "");
            var inside = Glob(word, within: "/(?<rest>.*)");

            foreach (var file in files)
            {
                if (inside.Match(file) is { Success: true } match)
                {
                    Place(file, Path.Combine(target, match.Groups["rest"].Value));
                }
                else if (exact.IsMatch(file))
                {
                    Place(file, Path.Combine(target, Path.GetFileName(file)));
                }
            }
        }

        Assert.True(found > 0 || Array.TrueForAll(words[..^1], word => word.Contains('[', StringComparison.Ordinal)), $"COPY {string.Join(' ', words)} finds nothing.");

        void Place(string file, string to)
        {
            var path = Path.GetFullPath(Path.Combine(folder, to));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(Path.Combine(context, file), path, overwrite: true);
            found++;
        }
    }

    private static Regex Glob(string pattern, string within) => new(
        $"^{Regex.Escape(pattern).Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal).Replace(@"\[", "[", StringComparison.Ordinal)}{within}$",
        RegexOptions.None,
        TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"--mount=\S+\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mount();

    [GeneratedRegex(@"(?<=\s)/(app|src)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Absolute();
}
