using System.Diagnostics;
using System.Globalization;
using System.Text;
using HardenedService.Operations.Postgres;
using HardenedService.Operations.Recovery;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Recovery;

/// <summary>What takes minutes stops when it is told to.</summary>
public sealed class GivenUpTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("given-up-");

    [Fact]
    public async Task A_program_that_says_nothing_more_is_stopped_and_gone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no shell to stand in for a program.");
        using var given = new CancellationTokenSource();
        using var said = new MemoryStream();
        var running = new PostgresTools(PostgresBinaries.Find(), TextWriter.Null).RunAsync(
            new ProcessStartInfo("/bin/sh", ["-c", "echo $$; exec sleep 3600"]), said, given.Token);
        await Eventually.HoldsAsync(() => said.Length > 0, "what it says");

        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        var id = int.Parse(Encoding.ASCII.GetString(said.ToArray()), CultureInfo.InvariantCulture);
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(id));
    }

    [Fact]
    public async Task A_file_is_read_no_further()
    {
        var file = await StoredFile.WriteAsync(Path.Combine(_directory.FullName, "base.tar"), "base.tar", null, stream => stream.WriteAsync(new byte[1 << 20]).AsTask());
        using var given = new CancellationTokenSource();
        var read = 0L;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => file.ReadAsync(_directory.FullName, "base.tar", null, Read, given.Token));

        Assert.Equal(1, read);

        void Read(Stream stream)
        {
            var buffer = new byte[1];
            read += stream.Read(buffer);
            given.Cancel();
            read += stream.Read(buffer);
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
