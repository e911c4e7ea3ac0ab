using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
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
        var maker = new BackupMaker(new(connectionString), store, configuration.BackupKey(), RecoverySettings.Postgres(postgres), output);
        using var held = Guarded(store.Lock, store);
        var backup = await maker.RunAsync(kind, cancel);
        var size = backup.Manifest.Files.Sum(file => file.Size);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{backup.Directory} is whole: {BackupMaker.Bytes(size)} in {watch.Elapsed.TotalSeconds:0.0} s."));
        await using (var database = await LiveDatabase.OpenAsync(connectionString, cancel))
        {
            await output.WriteLineAsync($"{await new ErasureList(store.Erasures).AddAsync(database, cancel)} erased accounts are on the list beside it.");
        }

        await RecoveryNotes.WriteAsync(connectionString, "backup", size, null, watch.Elapsed, cancel);

        foreach (var name in await store.PruneAsync(keep, keepFor, backup.Manifest.CompletedAt, cancel))
        {
            await output.WriteLineAsync($"{name} was deleted: it is old enough.");
        }
    }

    private static Command Wal(IConfiguration configuration)
    {
        var file = new Argument<string>("path") { Description = "The file, which archive_command knows as %p; relative to PostgreSQL's data directory, in which it runs." };
        var command = new Command("wal", "Stores a file of the write-ahead log; for archive_command. What is stored already is left; another file of the same name is refused.") { file };
        command.SetAction(async (call, cancel) =>
        {
            var store = BackupStore.Open(configuration);
            var path = Path.GetFullPath(call.GetRequiredValue(file));

            try
            {
                await store.Wal.StoreAsync(path, configuration.BackupKey(), cancel);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new RecoveryException($"{path} could not be stored in {store.Path}: {exception.Message}", exception);
            }
        });
        return command;
    }

    private static Command List(IConfiguration configuration)
    {
        var command = new Command("list", "Lists the backups in Backup:Directory, the oldest first.");
        command.SetAction(async (call, cancel) =>
        {
            foreach (var (directory, manifest) in await BackupStore.Open(configuration).ListAsync(cancel))
            {
                await call.InvocationConfiguration.Output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Path.GetFileName(directory)}  {BackupMaker.Bytes(manifest.Files.Sum(file => file.Size))}  PostgreSQL {manifest.ServerVersion}  schema {manifest.MigrationLevel}  {(manifest.Key is null ? "not encrypted" : $"key {manifest.Key}")}"));
            }
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
            var backup = (await store.ListAsync(cancel)).FirstOrDefault(backup => backup.Name == wanted) ?? throw new RecoveryException($"There is no backup {wanted} in {store.Path}.");
            Directory.CreateDirectory(call.GetRequiredValue(to));

            foreach (var file in backup.Manifest.Files)
            {
                var plain = file.Name.EndsWith(EncryptedFile.Ending, StringComparison.Ordinal) ? file.Name[..^EncryptedFile.Ending.Length] : file.Name;
                var path = Path.Combine(call.GetRequiredValue(to), plain);
                var key = backup.Manifest.Key is null ? null : configuration.BackupKey() ?? throw new RecoveryException($"{wanted} is encrypted: name its key by Backup:KeyFile.");
                await file.ReadAsync(backup.Directory, BackupMaker.Purpose(backup.Manifest, plain), key, async stream =>
                {
                    await using var target = new FileStream(path, Operations.Postgres.PrivateFile.NewFile);
                    await stream.CopyToAsync(target, 1 << 20, cancel);
                });
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
            var list = new ErasureList(store.Erasures);
            await using var database = await LiveDatabase.OpenAsync(configuration.RequireConnectionString(Operator), cancel);

            if (call.GetValue(mark))
            {
                await call.InvocationConfiguration.Output.WriteLineAsync($"{await ErasureList.MarkAsync(database, (await list.ReadAsync(cancel)).Keys, cancel)} accounts are marked, and erased again once the API runs.");
                return;
            }

            await call.InvocationConfiguration.Output.WriteLineAsync($"{await list.AddAsync(database, cancel)} erased accounts are on the list.");
        });
        return command;
    }

    private static T Guarded<T>(Func<T> act, BackupStore store)
    {
        try
        {
            return act();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RecoveryException($"{store.Path} cannot be written to: {exception.Message}", exception);
        }
    }
}
