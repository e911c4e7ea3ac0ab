using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Readiness;

/// <summary>A folder to break things in: empty, or with what checks look at of this solution.</summary>
internal sealed class ScratchRepository : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hardened-service-readiness-");

    public string Path => _folder.FullName;

    /// <summary>Copies a file of the solution, or all files of a folder.</summary>
    public ScratchRepository Copy(params string[] names)
    {
        var solution = GeneratedDocument.SolutionDirectory();

        foreach (var name in names)
        {
            var from = System.IO.Path.Combine(solution, name);

            foreach (var file in Directory.Exists(from) ? Directory.GetFiles(from, "*", SearchOption.AllDirectories) : [from])
            {
                Write(System.IO.Path.GetRelativePath(solution, file), File.ReadAllText(file));
            }
        }

        return this;
    }

    public void Write(string name, string text)
    {
        var path = Of(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    /// <summary>Replaces what stands in a file, once, or deletes the file or the folder.</summary>
    /// <param name="name">The file.</param>
    /// <param name="from">What has to stand there. Nothing: it is deleted.</param>
    /// <param name="to">What stands there afterwards.</param>
    public void Break(string name, string from, string to)
    {
        if (from.Length == 0)
        {
            Delete(Of(name));
            return;
        }

        var text = File.ReadAllText(Of(name)).ReplaceLineEndings("\n");
        var at = text.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0, $"{name} has no {from}: the test breaks nothing.");
        File.WriteAllText(Of(name), text[..at] + to + text[(at + from.Length)..]);
    }

    public string Of(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _folder.Delete(recursive: true);

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }
}
