using System.Globalization;
using System.Text;
using HardenedService.Operations.Databases;

namespace HardenedService.Operations.Migrations;

/// <summary>The pending migrations as a script for psql: for a database that only a person may change.</summary>
internal static class PendingScript
{
    public static string Write(MigrationStatus status, MigratorOptions options)
    {
        var pending = status.Catalog.Migrations
            .IntersectBy(status.Pending.Select(migration => migration.Version), migration => migration.Version)
            .ToList();
        if (pending.Count == 0)
        {
            return $"-- Nothing is pending: database '{status.Database}' is at {status.Level}.\n";
        }

        var script = new StringBuilder();
        script.Append(CultureInfo.InvariantCulture, $"""
            -- Brings database '{status.Database}' from {status.Level} to {pending[^1].Version}.
            -- Run it as {DatabaseRoles.Owner}: psql -X -f migrations.sql
            \set ON_ERROR_STOP on

            set lock_timeout = {options.LockTimeout.TotalMilliseconds:0};
            set statement_timeout = {options.StatementTimeout.TotalMilliseconds:0};

            do $$
            begin
              if not pg_try_advisory_lock({MigrationLock.Key}) then
                raise exception 'Another migrator is at work on this database; try again when it has finished.';
              end if;
            end
            $$;

            {VersionTable.CreationScript}

            """);
        foreach (var migration in pending)
        {
            script.Append(Step(migration, options));
        }

        return script.Append(CultureInfo.InvariantCulture, $"""

            do $$
            begin
              perform pg_advisory_unlock({MigrationLock.Key});
            end
            $$;

            reset lock_timeout;
            reset statement_timeout;

            """).ToString();
    }

    private static string Step(KnownMigration migration, MigratorOptions options)
    {
        var script = MigrationScript.Of(migration.Type, "up");
        var sql = $"""
            {script.Text.TrimEnd()}
            {HalfBuiltIndex.Refusal(script)}
            insert into migrations.version_info (version, applied_at, description)
            values ({migration.Version}, now(), {ProvisioningSql.Literal(migration.Name)});
            """;
        return $"""

            -- {migration.Version}: {migration.Name}

            {(migration.Transactional ? $"begin;\n\n{sql}\n\ncommit;" : script.IsConcurrent ? Patient(sql, options) : sql)}

            """;
    }

    // What is done concurrently makes nobody wait.
    private static string Patient(string sql, MigratorOptions options) => $"""
        set lock_timeout = {options.StatementTimeout.TotalMilliseconds:0};

        {sql}

        set lock_timeout = {options.LockTimeout.TotalMilliseconds:0};
        """;
}
