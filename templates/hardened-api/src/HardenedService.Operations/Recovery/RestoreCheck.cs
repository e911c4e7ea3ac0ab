using System.Globalization;
using HardenedService.Operations.Auditing;
using HardenedService.Operations.Migrations;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>Looks whether a restored database is the one that was backed up, and sound.</summary>
internal sealed class RestoreCheck(RestoredDatabase restored, TextWriter output)
{
    private readonly List<string> _findings = [];

    /// <summary>What is wrong; nothing if all is well.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Looks at rows, constraints, migrations and the audit trail, and says what it finds.</summary>
    public async Task RunAsync(LiveDatabase database, ChainHead? published, CancellationToken cancel)
    {
        await CountAsync(database, cancel);
        await ValidateAsync(database, cancel);
        await CompareLevelAsync(database, cancel);
        await VerifyAuditAsync(database, published, cancel);
    }

    /// <summary>Adds a finding.</summary>
    public async Task FindAsync(string finding)
    {
        _findings.Add(finding);
        await output.WriteLineAsync($"NOT SOUND: {finding}");
    }

    /// <summary>
    /// What a table may have: between what it had before and after the backup, and as many more or less as were inserted and deleted meanwhile. Once
    /// archived WAL was replayed as well, any number may be right; reading all of it is a check by itself.
    /// </summary>
    internal static bool IsPlausible(TableCount counted, long rows)
    {
        var writes = Math.Max(0, counted.Writes);

        return rows >= Math.Min(counted.Before, counted.After) - writes && rows <= Math.Max(counted.Before, counted.After) + writes;
    }

    private async Task CountAsync(LiveDatabase database, CancellationToken cancel)
    {
        var counts = await database.CountAsync(cancel);

        foreach (var (table, counted) in restored.Manifest.Tables)
        {
            if (!counts.TryGetValue(table, out var now))
            {
                await FindAsync($"The table {table} is not there; it had {Number(counted.After)} rows.");
            }
            else if (restored.WalSegments == 0 && !IsPlausible(counted, now.Rows))
            {
                await FindAsync($"The table {table} has {Number(now.Rows)} rows, and had {Number(counted.Before)} before the backup and {Number(counted.After)} after it.");
            }
        }

        await output.WriteLineAsync(
            $"{counts.Count} tables with {Number(counts.Values.Sum(table => table.Rows))} rows; {Number(restored.Manifest.Tables.Values.Sum(table => table.After))} were counted at the backup.");
    }

    // PostgreSQL takes what it has validated for valid. Made to forget that, it looks again; the transaction is rolled back.
    private async Task ValidateAsync(LiveDatabase database, CancellationToken cancel)
    {
        await using var transaction = await database.Connection.BeginTransactionAsync(cancel);
        var constraints = new List<(string Table, string Name)>();
        await using (var forget = new NpgsqlCommand(
            """
            update pg_constraint c
            set convalidated = false
            where c.contype in ('c', 'f')
              and c.conrelid <> 0
              and c.conparentid = 0
              and c.convalidated
              and c.connamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            returning c.conrelid::regclass::text, quote_ident(c.conname)
            """,
            database.Connection))
        await using (var rows = await forget.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                constraints.Add((rows.GetString(0), rows.GetString(1)));
            }
        }

        foreach (var (table, name) in constraints)
        {
            await transaction.SaveAsync("before", cancel);

            try
            {
                await database.ScalarAsync($"alter table {table} validate constraint {name}", cancel);
            }
            catch (PostgresException exception)
            {
                await transaction.RollbackAsync("before", cancel);
                await FindAsync($"The constraint {name} of {table} does not hold: {exception.MessageText}.");
            }
        }

        await transaction.RollbackAsync(cancel);
        await output.WriteLineAsync($"{constraints.Count} foreign keys and checks were validated again.");
    }

    private async Task CompareLevelAsync(LiveDatabase database, CancellationToken cancel)
    {
        var status = MigrationStatus.Compare(restored.Manifest.Database, MigrationCatalog.Own, await VersionTable.ReadAsync(database.Connection, cancel));

        if (status.Level < restored.Manifest.MigrationLevel || (restored.WalSegments == 0 && status.Level > restored.Manifest.MigrationLevel))
        {
            await FindAsync($"The schema is at {status.Level}, and was at {restored.Manifest.MigrationLevel} at the backup.");
        }

        if (status.Unknown.Any())
        {
            await FindAsync($"The schema is at {status.Level}, which is newer than this build knows: use the build that the database was migrated with.");
        }

        await output.WriteLineAsync($"The schema is at {status.Level}; {status.Pending.Count()} migrations of this build are pending.");
    }

    // What waited for its seal at that moment has waited long enough to be a finding: it is sealed first, as the API would.
    private async Task VerifyAuditAsync(LiveDatabase database, ChainHead? published, CancellationToken cancel)
    {
        while ((int)(await database.ScalarAsync("select sealed from audit.seal(10000)", cancel))! > 0)
        {
            // There may be more.
        }

        if (!await new AuditVerification(restored.Superuser, output).RunAsync(published, cancel))
        {
            await FindAsync("The audit trail is not sound: see above.");
        }
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
