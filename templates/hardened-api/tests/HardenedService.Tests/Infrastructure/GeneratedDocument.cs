namespace HardenedService.Tests.Infrastructure;

/// <summary>A file in docs that is made from the code, wholly or in part. With <c>UPDATE_DOCS=1</c> the tests write it instead of comparing it.</summary>
internal static class GeneratedDocument
{
    /// <summary>The file says what the code says.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="source">What it is made from, for the message.</param>
    /// <param name="render">The whole text as it should be, from the text as it is.</param>
    public static async Task IsUpToDateAsync(string name, string source, Func<string, string> render)
    {
        var file = Path.Combine(SolutionDirectory(), "docs", name);
        var documented = (await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n");
        var expected = render(documented);

        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(file, documented = expected);
        }

        Assert.True(expected == documented, $"docs/{name} is not what {source} says. Run the tests with UPDATE_DOCS=1 to write it anew, and commit it.");
    }

    /// <summary>Where the solution lies, its documents and what is for its operators among it.</summary>
    public static string SolutionDirectory()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);

        while (directory.GetFiles("HardenedService.sln").Length == 0)
        {
            directory = directory.Parent!;
        }

        return directory.FullName;
    }
}
