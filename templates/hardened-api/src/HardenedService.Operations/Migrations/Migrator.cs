using System.Diagnostics;
using HardenedService.Operations.Migrations.Linting;
using Npgsql;

namespace HardenedService.Operations.Migrations;

/// <summary>Moves the schema of one database, and tells on <paramref name="output"/> what it does.</summary>
/// <param name="ownerConnectionString">Connects as <see cref="Databases.DatabaseRoles.Owner"/>.</param>
/// <param name="output">Where progress goes.</param>
/// <param name="options">Timeouts; the defaults if not given.</param>
internal sealed class Migrator(string ownerConnectionString, TextWriter output, MigratorOptions? options = null)
{
    private readonly MigratorOptions _options = options ?? new MigratorOptions();

    /// <summary>Applies what is pending, up to a version if one is given, once all of it passes the lint.</summary>
    /// <exception cref="MigrationException">A migration failed or was refused, the database is newer than this build, or there is no such version.</exception>
    public async Task UpAsync(long? to, CancellationToken cancel)
    {
        var target = to is null ? long.MaxValue : Known(to.Value);
        await using var turn = await TakeTurnAsync(cancel);
        var status = await StatusAsync(cancel);
        status.RefuseUnknown();

        var pending = status.Pending.Where(migration => migration.Version <= target).ToList();
        if (pending.Count == 0)
        {
            await output.WriteLineAsync($"Nothing to do: database '{status.Database}' is at {status.Level}.");
            return;
        }

        Refuse(CatalogLint.CheckPending(_options.Catalog, Versions(pending)));
        await CreateVersionTableAsync(cancel);
        await RunAsync(turn, MigrationDirection.Up, [.. pending.Select(migration => (migration, migration.Version))], cancel);
    }

    /// <summary>Takes back every migration above a version; 0 takes back all.</summary>
    /// <exception cref="MigrationException">As <see cref="UpAsync"/>.</exception>
    public async Task DownAsync(long to, CancellationToken cancel)
    {
        var target = to == 0 ? 0 : Known(to);
        await using var turn = await TakeTurnAsync(cancel);
        var status = await StatusAsync(cancel);
        status.RefuseUnknown();

        var applied = status.Migrations.Where(migration => !migration.Pending).ToList();
        var steps = applied
            .Select((migration, index) => (migration, below: index == 0 ? 0 : applied[index - 1].Version))
            .Where(step => step.migration.Version > target)
            .Reverse()
            .ToList();
        if (steps.Count == 0)
        {
            await output.WriteLineAsync($"Nothing to do: database '{status.Database}' is at {status.Level}.");
            return;
        }

        await RunAsync(turn, MigrationDirection.Down, steps, cancel);
    }

    /// <summary>Compares the database with this build, and changes nothing.</summary>
    public async Task<MigrationStatus> StatusAsync(CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        return MigrationStatus.Compare(connection.Database, _options.Catalog, await VersionTable.ReadAsync(connection, cancel));
    }

    /// <summary>Writes what <see cref="UpAsync"/> would run as a script for psql, once all of it passes the lint, and changes nothing.</summary>
    public async Task WriteScriptAsync(CancellationToken cancel)
    {
        var status = await StatusAsync(cancel);
        status.RefuseUnknown();
        Refuse(CatalogLint.CheckPending(_options.Catalog, Versions(status.Pending)));
        await output.WriteAsync(PendingScript.Write(status, _options));
    }

    private static HashSet<long> Versions(IEnumerable<MigrationState> migrations) => migrations.Select(migration => migration.Version).ToHashSet();

    private static void Refuse(IReadOnlyList<LintFinding> findings)
    {
        if (findings.Count > 0)
        {
            throw new MigrationException($"Nothing was changed.\n{CatalogLint.Describe(findings)}");
        }
    }

    private long Known(long version) =>
        _options.Catalog.Migrations.Any(migration => migration.Version == version)
            ? version
            : throw new MigrationException(
                $"There is no migration {version}; this build knows {string.Join(", ", _options.Catalog.Migrations.Select(known => known.Version))}.");

    private Task<MigrationLock> TakeTurnAsync(CancellationToken cancel) =>
        MigrationLock.TakeAsync(ownerConnectionString, _options.TurnTimeout, output, cancel);

    private async Task CreateVersionTableAsync(CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        try
        {
            await VersionTable.CreateAsync(connection, cancel);
        }
        catch (PostgresException exception)
        {
            throw MigrationFailure.Of("The version table could not be created", exception, _options);
        }
    }

    private async Task RunAsync(
        MigrationLock turn,
        MigrationDirection direction,
        IReadOnlyList<(MigrationState Migration, long Target)> steps,
        CancellationToken cancel)
    {
        foreach (var (migration, target) in steps)
        {
            var known = _options.Catalog.Migrations.Single(known => known.Version == migration.Version);
            var started = Stopwatch.GetTimestamp();
            await new MigrationStep(known, direction, target, _options).RunAsync(turn, ownerConnectionString, output, cancel);
            await output.WriteLineAsync(
                $"Migration {migration.Version} ({migration.Name}) {direction.Done} in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms.");
        }
    }

    private Task<NpgsqlConnection> OpenAsync(CancellationToken cancel) => MigratorSession.OpenAsync(ownerConnectionString, _options.LockTimeout, cancel);
}
