using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using HardenedService.Operations.Postgres;
using HardenedService.Operations.Readiness;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Recovery;

/// <summary>The verbs <c>backup</c>, <c>backup wal</c>, <c>backup list</c>, <c>backup extract</c> and <c>backup erasures</c>.</summary>
internal static class BackupCommand
{
    private const string Operator = "Operations:OperatorConnectionString";

    public static Command Create(IConfiguration configuration)
    {
        var logical = new Option<bool>("--logical") { Description = "The database as statements (pg_dump), for another version or machine, instead of the whole cluster (pg_basebackup)." };
        var postgres = Postgres();
        var command = new Command(
            "backup",
            "Makes a backup in Backup:Directory, encrypted if there is a Backup:KeyFile, as the operator role: needs Operations:OperatorConnectionString. "
                + "Then deletes old ones: Backup:Keep (7) of each kind stay, and what is younger than Backup:KeepFor. See docs/backups.md.")
        {
            logical,
            postgres,
            Wal(configuration),
            List(configuration),
            Extract(configuration),
            Erasures(configuration),
        };
        command.SetAction((call, cancel) => MakeAsync(
            configuration,
            call.GetValue(logical) ? BackupKind.Logical : BackupKind.Physical,
            call.GetValue(postgres),
            call.InvocationConfiguration.Output,
            cancel));
        return command;
    }

    /// <summary>Where PostgreSQL's programs are.</summary>
    public static Option<string?> Postgres() => new("--postgres")
    {
        Description = "The directory of PostgreSQL's programs, of the server's major version. [default: the newest that is found]",
        HelpName = "directory",
    };

    private static async Task MakeAsync(IConfiguration configuration, string kind, string? postgres, TextWriter output, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        var connectionString = configuration.RequireConnectionString(Operator);
        var store = BackupStore.Open(configuration);
        var (keep, keepFor) = configuration.Retention();
        var maker = new BackupMaker(new(connectionString), store, RecoverySettings.Postgres(postgres), output);
        await using var held = await store.LockAsync(cancel);

        // What is added to at the end has to be sound: better told now than after an hour.
        await store.Erasures.ReadAsync(cancel);
        var backup = await maker.RunAsync(kind, cancel);
        var size = backup.Manifest.Files.Sum(file => file.Size);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{backup.Directory} is whole: {BackupMaker.Bytes(size)} in {watch.Elapsed.TotalSeconds:0.0} s."));
        await using (var database = await LiveDatabase.OpenAsync(connectionString, cancel))
        {
            await output.WriteLineAsync($"{await store.Erasures.AddAsync(database, cancel)} erased accounts are on the list beside it.");
        }

        await RecoveryNotes.WriteAsync(connectionString, "backup", size, null, watch.Elapsed, cancel);
        await new EvidenceLog(connectionString).WriteAsync(
            EvidenceKind.Backup, new { kind, name = backup.Name, bytes = size, tookSeconds = Math.Round(watch.Elapsed.TotalSeconds, 1) }, cancel);

        foreach (var name in await store.PruneAsync(keep, keepFor, backup.Manifest.CompletedAt, cancel))
        {
            await output.WriteLineAsync($"{name} was deleted: it is old enough.");
        }

        await RefuseFaultsAsync(store, cancel);
    }

    private static Command Wal(IConfiguration configuration)
    {
        var file = new Argument<string>("path") { Description = "The file, which archive_command knows as %p; relative to PostgreSQL's data directory, in which it runs." };
        var command = new Command("wal", "Stores a file of the write-ahead log; for archive_command. What is stored already is left; another file of the same name is refused.") { file };
        command.SetAction((call, cancel) => BackupStore.Open(configuration).Wal.StoreAsync(Path.GetFullPath(call.GetRequiredValue(file)), cancel));
        return command;
    }

    private static Command List(IConfiguration configuration)
    {
        var command = new Command("list", "Lists the backups in Backup:Directory, the oldest first.");
        command.SetAction(async (call, cancel) =>
        {
            var store = BackupStore.Open(configuration);

            foreach (var (directory, manifest) in (await store.ReadAsync(cancel)).Backups)
            {
                await call.InvocationConfiguration.Output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Path.GetFileName(directory)}  {BackupMaker.Bytes(manifest.Files.Sum(file => file.Size))}  PostgreSQL {manifest.ServerVersion}  schema {manifest.MigrationLevel}  {(manifest.Key is null ? "not encrypted" : $"key {manifest.Key}")}"));
            }

            await RefuseFaultsAsync(store, cancel);
        });
        return command;
    }

    private static Command Extract(IConfiguration configuration)
    {
        var name = new Argument<string>("name") { Description = "The backup, as `backup list` names it." };
        var to = new Option<string>("--to") { Description = "The directory to write to.", Required = true, HelpName = "directory" };
        var command = new Command("extract", "Checks a backup's files and writes them out decrypted: a dump for pg_restore, or a tar file of the cluster.") { name, to };
        command.SetAction(async (call, cancel) =>
        {
            var wanted = call.GetRequiredValue(name);
            var store = BackupStore.Open(configuration);
            var backup = (await store.ReadAsync(cancel)).Backups.FirstOrDefault(backup => backup.Name == wanted) ?? throw new RecoveryException($"There is no backup {wanted} in {store.Path}.");
            var key = backup.Opened(store.Key);
            Directory.CreateDirectory(call.GetRequiredValue(to));

            foreach (var file in backup.Manifest.Files)
            {
                var plain = file.Name.EndsWith(EncryptedFile.Ending, StringComparison.Ordinal) ? file.Name[..^EncryptedFile.Ending.Length] : file.Name;
                var path = Path.Combine(call.GetRequiredValue(to), plain);
                await file.ReadAsync(backup.Directory, BackupMaker.Purpose(backup.Manifest, plain), key, stream => PrivateFile.Copy(stream, path), cancel);
                await call.InvocationConfiguration.Output.WriteLineAsync(path);
            }
        });
        return command;
    }

    private static Command Erasures(IConfiguration configuration)
    {
        var mark = new Option<bool>("--mark") { Description = "The other way round: mark those accounts in the database that are on the list. For one that was restored by other means: the API erases them again." };
        var command = new Command(
            "erasures",
            "Brings the list of erased accounts beside the backups up to date, as the operator role. Each backup does it; called every few minutes, it "
                + "knows of those that were erased after the last backup when the database is lost.") { mark };
        command.SetAction(async (call, cancel) =>
        {
            var store = BackupStore.Open(configuration);
            await using var database = await LiveDatabase.OpenAsync(configuration.RequireConnectionString(Operator), cancel);

            if (call.GetValue(mark))
            {
                await call.InvocationConfiguration.Output.WriteLineAsync($"{await ErasureList.MarkAsync(database, (await store.Erasures.ReadAsync(cancel)).Keys, cancel)} accounts are marked, and erased again once the API runs.");
                return;
            }

            await call.InvocationConfiguration.Output.WriteLineAsync($"{await store.Erasures.AddAsync(database, cancel)} erased accounts are on the list.");
        });
        return command;
    }

    // Of those that cannot be read, once all the others have had their turn.
    private static async Task RefuseFaultsAsync(BackupStore store, CancellationToken cancel)
    {
        if ((await store.ReadAsync(cancel)).Faults is { Count: > 0 } faults)
        {
            throw new RecoveryException($"{string.Join(Environment.NewLine, faults)}{Environment.NewLine}What cannot be read is no backup: move it away. Until then no WAL is deleted.");
        }
    }
}
