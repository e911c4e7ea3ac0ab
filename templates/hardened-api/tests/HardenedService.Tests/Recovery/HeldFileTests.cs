using System.Net.Sockets;
using HardenedService.Operations.Postgres;
using HardenedService.Operations.Recovery;

namespace HardenedService.Tests.Recovery;

/// <summary>Who is waited for, and what nobody holds any more.</summary>
public sealed class HeldFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hardened-service-tests-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Drills_that_were_killed_are_deleted_and_nothing_else_is()
    {
        var root = _directory.FullName;
        var (left, running, untaken, named, link, others) = (
            RestoreTarget.New(root), RestoreTarget.New(root), RestoreTarget.New(root), Path.Combine(root, "drill-2026"), RestoreTarget.New(root), RestoreTarget.New(root));

        foreach (var path in new[] { left, running, untaken, named, others })
        {
            Directory.CreateDirectory(Path.Combine(path, "pgdata"));
            await File.WriteAllTextAsync(Path.Combine(path, ClusterDirectory.LockName), "", Cancel);
        }

        File.Delete(Path.Combine(untaken, ClusterDirectory.LockName));
        Directory.CreateSymbolicLink(link, named);
        await ClusterAccount.Choose().GiveAsync([others], Cancel);

        using (new FileStream(Path.Combine(running, ClusterDirectory.LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            RestoreTarget.RemoveLeft(root);
        }

        Assert.Equal([false, true, true, true, true], new[] { left, running, untaken, named, link }.Select(Directory.Exists));
        Assert.True(Directory.Exists(Path.Combine(named, "pgdata")));

        // Only root can give something to somebody else.
        Assert.Equal(ClusterAccount.Choose().IsOther, Directory.Exists(others));
    }

    [Fact]
    public async Task A_file_that_cannot_be_held_is_not_waited_for_as_if_somebody_had_it()
    {
        // A socket, which nobody opens as a file: any failure but another's lock.
        var path = Path.Combine(_directory.FullName, "socket");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        Assert.Contains("cannot be written to", await RefusalAsync(path), StringComparison.Ordinal);

        await using var held = await HeldFile.TakeAsync($"{path}.lock", "", Cancel);
        Assert.Equal("Somebody has it.", await RefusalAsync(held.Name));

        static async Task<string> RefusalAsync(string path) =>
            (await Assert.ThrowsAsync<RecoveryException>(() => HeldFile.TakeAsync(path, "Somebody has it.", TimeSpan.Zero, Cancel))).Message;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
