using System.Diagnostics;
using HardenedService.Operations;

namespace HardenedService.Tests.Configuration;

/// <summary>Where a file that somebody asked for goes.</summary>
public sealed class WholeFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task What_is_there_is_replaced()
    {
        var file = Of("report.json", "before");

        await WriteAsync(file, "after");

        Assert.Equal("after", await ReadAsync(file));
    }

    [Theory]
    [InlineData("before")]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_link_stays_and_what_it_leads_to_is_written(string? before)
    {
        var file = Of("report.json", before);
        var link = Of("link.json");
        File.CreateSymbolicLink(link.FullName, file.FullName);

        await WriteAsync(link, "after");

        Assert.Equal(file.FullName, new FileInfo(link.FullName).LinkTarget);
        Assert.Equal("after", await ReadAsync(file));
    }

    [Fact]
    public async Task A_pipe_stays_and_whoever_reads_it_gets_everything()
    {
        var pipe = Of("pipe");

        using (var made = Process.Start("mkfifo", [pipe.FullName]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        using var reader = Process.Start(new ProcessStartInfo("cat", [pipe.FullName]) { UseShellExecute = false, RedirectStandardOutput = true })!;

        try
        {
            var read = reader.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await WriteAsync(new FileInfo(pipe.FullName), "report");

            Assert.Equal("report", await read.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }
        finally
        {
            reader.Kill();
        }
    }

    // Nothing is left beside it.
    private async Task WriteAsync(FileInfo file, string text)
    {
        WholeFile.Demand(file);
        var before = _folder.GetFiles().Length;
        await WholeFile.WriteAsync(file, text, TestContext.Current.CancellationToken);

        Assert.InRange(_folder.GetFiles().Length, before, before + 1);
        Assert.Empty(_folder.GetFiles("*.tmp"));
    }

    private FileInfo Of(string name, string? content = null)
    {
        var file = new FileInfo(Path.Combine(_folder.FullName, name));

        if (content is not null)
        {
            File.WriteAllText(file.FullName, content);
        }

        return file;
    }

    private static Task<string> ReadAsync(FileInfo file) => File.ReadAllTextAsync(file.FullName, TestContext.Current.CancellationToken);
}
