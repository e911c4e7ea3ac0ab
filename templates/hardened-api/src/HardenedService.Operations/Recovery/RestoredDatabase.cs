using HardenedService.Operations.Databases;

namespace HardenedService.Operations.Recovery;

/// <summary>A database that was brought back, on a server that listens for nobody else. Disposing it stops the server, cleanly.</summary>
internal sealed class RestoredDatabase(
    StoredBackup backup, Func<string, string> connect, string data, int walSegments, IReadOnlyList<IAsyncDisposable> parts, IReadOnlyList<IDisposable> held) : IAsyncDisposable
{
    public StoredBackup Backup => backup;

    public BackupManifest Manifest => backup.Manifest;

    /// <summary>How many segments of archived WAL led on from the backup.</summary>
    public int WalSegments => walSegments;

    /// <summary>Where the cluster lies: PostgreSQL's data directory.</summary>
    public string Data => data;

    public string Superuser => connect(Manifest.Superuser);

    /// <summary>How the API connects.</summary>
    public string App => connect(DatabaseRoles.App);

    public async ValueTask DisposeAsync()
    {
        foreach (var part in parts)
        {
            await part.DisposeAsync();
        }

        foreach (var one in held)
        {
            one.Dispose();
        }
    }
}
