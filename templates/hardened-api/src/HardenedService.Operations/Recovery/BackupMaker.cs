using System.Globalization;
using System.Text.RegularExpressions;
using HardenedService.Operations.Postgres;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>Makes one backup, as the operator role.</summary>
internal sealed partial class BackupMaker(NpgsqlConnectionStringBuilder source, BackupStore store, PostgresBinaries binaries, TextWriter output)
{
    private readonly PostgresTools _tools = new(binaries, output);

    /// <summary>Makes it, and gives it its name once it is whole.</summary>
    /// <exception cref="RecoveryException">It could not be made, and nothing is left that looks like one.</exception>
    public async Task<StoredBackup> RunAsync(string kind, CancellationToken cancel)
    {
        await using var database = await LiveDatabase.OpenAsync(source.ConnectionString, cancel);
        var version = (string)(await database.ScalarAsync("select split_part(current_setting('server_version'), ' ', 1)", cancel))!;
        PostgresTools.Match(binaries, version);
        var manifest = await DescribeAsync(database, kind, version, cancel);

        if ((await store.ReadAsync(cancel)).Backups is [.., var last] && last.Manifest.SystemIdentifier != manifest.SystemIdentifier)
        {
            throw new RecoveryException($"{store.Path} holds backups of another cluster, such as {last.Name}: give each a directory of its own, and a new one to what has replaced another.");
        }

        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"Backup {manifest.Sequence}, {kind}, of '{manifest.Database}' ({Bytes(manifest.DatabaseSize)}){(store.Key is null ? ", not encrypted" : $", encrypted with key {store.Key.Name}")}."));
        var partial = store.Begin(manifest.Sequence);

        try
        {
            manifest = kind == BackupKind.Physical
                ? await CopyAsync(database, manifest, partial, cancel)
                : await DumpAsync(database, manifest, partial, cancel);

            return await store.PublishAsync(partial, manifest, cancel);
        }
        catch (Exception exception)
        {
            Discard(partial);

            if (exception is IOException or UnauthorizedAccessException)
            {
                throw new RecoveryException($"The backup could not be written to {store.Path}: {exception.Message}", exception);
            }

            throw;
        }
    }

    /// <summary>A size for people.</summary>
    public static string Bytes(long size) => size switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{size / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{size / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{size / 1e9:0.00} GB"),
    };

    private static void Discard(string partial)
    {
        try
        {
            Directory.Delete(partial, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What failed is told; and it has no name that anybody would take for a backup's.
        }
    }

    private async Task<BackupManifest> DescribeAsync(LiveDatabase database, string kind, string version, CancellationToken cancel) => new()
    {
        Sequence = store.NextSequence(),
        Kind = kind,
        StartedAt = await database.NowAsync(cancel),
        CompletedAt = default,
        SystemIdentifier = (long)(await database.ScalarAsync("select system_identifier from pg_control_system()", cancel))!,
        ServerVersion = version,
        Database = database.Connection.Database,
        DatabaseSize = (long)(await database.ScalarAsync("select pg_database_size(current_database())", cancel))!,
        MigrationLevel = await database.MigrationLevelAsync(cancel),
        Superuser = (string)(await database.ScalarAsync("select rolname::text from pg_roles where oid = 10", cancel))!,
        WalSegmentSize = (long)(await database.ScalarAsync("select setting::bigint from pg_settings where name = 'wal_segment_size'", cancel))!,
        Key = store.Key?.Name,
        Tables = new Dictionary<string, TableCount>(),
        Files = [],
    };

    // The slot belongs to our connection, and is gone with it: until then the server keeps the WAL that the copy needs at its end.
    private async Task<BackupManifest> CopyAsync(LiveDatabase database, BackupManifest manifest, string partial, CancellationToken cancel)
    {
        var before = await database.CountAsync(cancel);
        await database.ScalarAsync(
            "select pg_create_physical_replication_slot($1, immediately_reserve => true, temporary => true)::text",
            cancel,
            string.Create(CultureInfo.InvariantCulture, $"backup_{manifest.Sequence}_{Environment.ProcessId}"));
        var said = "";
        var file = await WriteAsync(partial, manifest, "base.tar", async target => said = await _tools.RunAsync(
            _tools.Command(
                source, "pg_basebackup", "--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast", "--no-password", "--verbose", "--progress",
                string.Create(CultureInfo.InvariantCulture, $"--label=backup {manifest.Sequence}")),
            target,
            cancel));
        var completedAt = await database.NowAsync(cancel);
        var after = await database.CountAsync(cancel);

        return manifest with
        {
            CompletedAt = completedAt,
            Start = Position(StartPoint().Match(said)),
            End = Position(EndPoint().Match(said)) with { Timeline = Position(StartPoint().Match(said)).Timeline },
            Tables = before.ToDictionary(
                table => table.Key,
                table => after.GetValueOrDefault(table.Key) is var now ? new TableCount(table.Value.Rows, now.Rows, now.Writes - table.Value.Writes) : null!),
            Files = [file],
        };
    }

    // Rows are counted in the very snapshot that is dumped.
    private async Task<BackupManifest> DumpAsync(LiveDatabase database, BackupManifest manifest, string partial, CancellationToken cancel)
    {
        await using var transaction = await database.Connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
        var snapshot = (string)(await database.ScalarAsync("select pg_export_snapshot()", cancel))!;
        var asOf = await database.NowAsync(cancel);
        var file = await WriteAsync(partial, manifest, "database.dump", target => _tools.RunAsync(
            _tools.Command(source, "pg_dump", "--format=custom", $"--snapshot={snapshot}", "--no-password"), target, cancel));
        var counts = await database.CountAsync(cancel);

        return manifest with
        {
            CompletedAt = asOf,
            Tables = counts.ToDictionary(table => table.Key, table => new TableCount(table.Value.Rows, table.Value.Rows, 0)),
            Files = [file],
        };
    }

    private Task<StoredFile> WriteAsync(string partial, BackupManifest manifest, string name, Func<Stream, Task> write) => StoredFile.WriteAsync(
        Path.Combine(partial, name + (store.Key is null ? "" : EncryptedFile.Ending)), Purpose(manifest, name), store.Key, write);

    /// <summary>What a file of a backup is encrypted as.</summary>
    public static string Purpose(BackupManifest manifest, string name) => string.Create(CultureInfo.InvariantCulture, $"{manifest.Sequence}/{name}");

    private static WalPosition Position(Match match) => match.Success
        ? new(
            match.Groups["timeline"] is { Success: true } timeline ? uint.Parse(timeline.ValueSpan, CultureInfo.InvariantCulture) : 0,
            WalPosition.Parse(match.Groups["position"].Value))
        : throw new RecoveryException("pg_basebackup does not tell where its backup begins and ends.");

    [GeneratedRegex("start point: (?<position>[0-9A-F]+/[0-9A-F]+) on timeline (?<timeline>[0-9]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StartPoint();

    [GeneratedRegex("end point: (?<position>[0-9A-F]+/[0-9A-F]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EndPoint();
}
