namespace HardenedStarter.Build.Benchmarks;

/// <summary>As the operator's console does it, in processes of its own.</summary>
internal sealed class BackupByConsole(string name, OperatorConsole console) : IBackupWay
{
    // The last thing that it looks at but for the API, which is not started here: nobody built it.
    private const string Checked = "the key ring, since";

    public string Name => name;

    public Task<BackupTimes> CopyAsync(string folder, CancellationToken cancel) =>
        RunAsync(folder, ["backup"], ["restore", "--to", Restored(folder)], "PostgreSQL has replayed it", cancel);

    public Task<BackupTimes> DumpAsync(string folder, CancellationToken cancel) =>
        RunAsync(folder, ["backup", "--logical"], ["restore-drill", "--logical", "--work", Restored(folder)], "pg_restore has loaded it", cancel);

    private static string Restored(string folder) => Path.Combine(folder, "restored");

    private async Task<BackupTimes> RunAsync(string folder, string[] backUp, string[] restore, string restored, CancellationToken cancel)
    {
        var here = console.With(("Backup__Directory", Path.Combine(folder, "backups")));
        var made = await here.CallAsync(backUp, cancel);
        var found = await here.CallAsync(restore, cancel, restored, Checked);

        return new(made.Time, found.Until[0], found.Until[1]);
    }
}
