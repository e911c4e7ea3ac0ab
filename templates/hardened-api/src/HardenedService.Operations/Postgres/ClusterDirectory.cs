using System.Security.Cryptography;
using System.Text;

namespace HardenedService.Operations.Postgres;

/// <summary>The directory of a cluster: the data, and beside it the superuser's password, the server's log, and the lock of who uses it.</summary>
internal sealed class ClusterDirectory : IDisposable
{
    /// <summary>The file that whoever uses the directory holds.</summary>
    public const string LockName = "cluster.lock";

    private readonly FileStream _lock;

    private ClusterDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>PostgreSQL's own directory.</summary>
    public string Data => In("pgdata");

    /// <summary>Where a new cluster is prepared; renamed to <see cref="Data"/> when complete, so that an interrupted start leaves no half cluster.</summary>
    public string NewData => In("pgdata.new");

    /// <summary>The superuser's password.</summary>
    public string Password => In("superuser.password");

    /// <summary>Where a restored server listens: nobody reaches it but who may enter here.</summary>
    public string Sockets => In("s");

    /// <summary>What a restored server goes on from: see its <c>restore_command</c>.</summary>
    public string Wal => In("wal");

    /// <summary>A settings file of our own, beside those that were restored.</summary>
    public string Settings(string name) => In(name);

    /// <summary>What the server said since it was last started.</summary>
    public string Log => In("postgres.log");

    /// <summary>Finds a place that the account can reach, and takes it for us alone.</summary>
    /// <exception cref="LocalClusterException">It belongs to someone else, holds something else, or is in use.</exception>
    public static async Task<ClusterDirectory> OpenAsync(
        string requested, ClusterAccount account, Action<string>? notice, CancellationToken cancel)
    {
        var path = System.IO.Path.GetFullPath(requested);
        await RefuseForeignAsync(path, cancel);
        if (!await CanEnterAsync(path, account, cancel))
        {
            var aside = Aside(path);
            notice?.Invoke($"{path} cannot be entered by the user '{account.Name}', who runs PostgreSQL: the data lies in {aside} instead");
            path = aside;
            await RefuseForeignAsync(path, cancel);
        }

        CreatePrivate(path, account);
        var lockFile = System.IO.Path.Combine(path, LockName);
        if (!File.Exists(lockFile) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new LocalClusterException($"{path} is not empty and holds no cluster of ours: choose another data directory.");
        }

        try
        {
            return new ClusterDirectory(path, new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception)
        {
            throw new LocalClusterException($"{path} is in use by another run: stop that one, or choose another data directory.", exception);
        }
    }

    /// <summary>Lets go of the directory.</summary>
    public void Dispose() => _lock.Dispose();

    private string In(string name) => System.IO.Path.Combine(Path, name);

    private static async Task RefuseForeignAsync(string path, CancellationToken cancel)
    {
        if (Directory.Exists(path) && !await ClusterAccount.Ourselves.TestAsync("-O", path, cancel))
        {
            throw new LocalClusterException($"{path} belongs to another user: run this as that user, or choose another data directory.");
        }
    }

    private static async Task<bool> CanEnterAsync(string path, ClusterAccount account, CancellationToken cancel)
    {
        var existing = path;
        while (!Directory.Exists(existing))
        {
            existing = System.IO.Path.GetDirectoryName(existing)!;
        }

        return !account.IsOther || await account.TestAsync("-x", existing, cancel);
    }

    // Stable, so that the next run finds the data again.
    private static string Aside(string path)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..16];
        return System.IO.Path.Combine(System.IO.Path.GetTempPath(), "hardened-service-" + hash);
    }

    private static void CreatePrivate(string path, ClusterAccount account)
    {
        if (Directory.Exists(path) || OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // Another account passes through to its own directory, and sees nothing of what lies beside it.
        const UnixFileMode OursAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode PassThrough = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(path, account.IsOther ? OursAlone | PassThrough : OursAlone);
    }
}
