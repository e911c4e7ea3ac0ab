using HardenedService.Operations.Postgres;

namespace HardenedStarter.Tests;

/// <summary>Backups with a real server that archives, and a real disk that is full.</summary>
public sealed class ArchivingTests(ArchivingServer server) : IClassFixture<ArchivingServer>
{
    // A small disk, of which we alone see that it is mounted.
    private const string FullDisk =
        """
        mount --make-rprivate /
        mkdir "$1"
        mount -t tmpfs -o size="$2" tmpfs "$1"
        export Backup__Directory="$1"
        shift 2
        "$@"
        code=$?
        echo "left: $(cd "$Backup__Directory" && find . -type f | sort | paste -s -d ' ')"
        exit $code
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(DisplayName = "Wall K6: a server that archives by archive_command is restored with all that it has archived, and again with what the restored one has archived")]
    public async Task A_server_is_restored_with_what_it_has_archived()
    {
        await server.DoesAsync("backup");
        await ArchivingServer.ArchiveAsync(server.Cluster, Cancel);
        Assert.Contains("segments of archived WAL lead on from it", await server.DoesAsync("restore-drill"), StringComparison.Ordinal);

        var target = server.NewPath();
        await server.DoesAsync("restore", "--to", target);
        await using (var restored = await server.StartAsync(target))
        {
            await ArchivingServer.ArchiveAsync(restored, Cancel);
        }

        Assert.Single(Directory.GetFiles(Path.Combine(server.Backups, "wal"), "00000002.history-*.gz.enc"));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(server.Backups, "wal"), "00000002????????????????-*.gz.enc"));
        Assert.Contains("is sound, and the restore is noted", await server.DoesAsync("restore-drill"), StringComparison.Ordinal);
    }

    [Fact(DisplayName = "Wall K6: on a disk that fills up neither a backup nor a segment is left that looks whole")]
    public async Task A_full_disk_leaves_nothing_that_looks_whole()
    {
        // Root alone may not: in a container it takes a capability as well.
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && (await SupervisedProcess.RunAsync(new("unshare", ["--mount", "true"]), Cancel)).ExitCode == 0,
            "To mount a small disk takes root, on Linux, with CAP_SYS_ADMIN.");
        var segment = Path.Combine(Directory.CreateDirectory(server.NewPath()).FullName, "0000000100000000000000FF");
        await File.WriteAllBytesAsync(segment, Segment(0xFF), Cancel);

        var backup = await FillAsync("1m", "backup");
        Assert.Equal((1, "left: ./.lock"), (backup.ExitCode, backup.Left));
        Assert.Contains("No space left on device", backup.Output, StringComparison.Ordinal);

        var logical = await FillAsync("32k", "backup", "--logical");
        Assert.Equal((1, "left: ./.lock"), (logical.ExitCode, logical.Left));
        Assert.Contains("No space left on device", logical.Output, StringComparison.Ordinal);

        var wal = await FillAsync("1m", "backup", "wal", segment);
        Assert.Equal((1, "left: ./wal.lock"), (wal.ExitCode, wal.Left));
        Assert.Contains("No space left on device", wal.Output, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output, string Left)> FillAsync(string size, params string[] arguments)
    {
        var call = server.Call(arguments);
        string[] command = ["--mount", "sh", "-c", FullDisk, "sh", server.NewPath(), size, call.FileName, .. call.ArgumentList];
        call.FileName = "unshare";
        call.ArgumentList.Clear();
        Array.ForEach(command, call.ArgumentList.Add);
        var (exitCode, output) = await SupervisedProcess.RunAsync(call, Cancel);

        return (exitCode, output, output.Split('\n')[^1].Trim());
    }

    // As a server would leave it, full of what cannot be compressed.
    private static byte[] Segment(ulong number)
    {
        var content = new byte[16 * 1024 * 1024];
        new Random(1).NextBytes(content);
        BitConverter.TryWriteBytes(content.AsSpan(8), number * (ulong)content.Length);
        BitConverter.TryWriteBytes(content.AsSpan(32), content.Length);

        return content;
    }
}
