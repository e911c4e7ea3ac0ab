using HardenedService.Operations.Migrations;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Readiness;

/// <summary>A database with which every check that looks at it is content.</summary>
internal static class SoundDatabase
{
    private const string Administrator = "'0197f2f4-7c1e-7d3a-9c55-00000000000a'";

    // Somebody whom every check is content with, and a backup of an hour ago.
    private const string Sound =
        $"""
        insert into identity.accounts
          (id, email, normalized_email, email_confirmed, mfa_enabled, is_administrator, security_stamp, concurrency_stamp, password_hash)
        values
          ({Administrator}, 'admin@example.org', 'ADMIN@EXAMPLE.ORG', true, true, true, '', '',
            encode('\x01'::bytea || int4send(2) || int4send(220000) || sha256('') || sha256(''), 'base64'));
        insert into identity.totp_factors (account_id, secret, enabled_at)
        values ({Administrator}, '', now());
        insert into identity.sessions
          (id, token_hash, account_id, epoch, transport, assurance, created_at, authenticated_at, idle_timeout, expires_at)
        values
          ({Administrator}, sha256(''), {Administrator}, 0, 'cookie', 'mfa', now() - interval '1 hour', now() - interval '1 hour', interval '30 minutes', now() + interval '11 hours');
        insert into platform.recoveries (kind, completed_at, size)
        values ('backup', now() - interval '1 hour', 1048576)
        """;

    /// <summary>These checks, by their ids.</summary>
    public static readonly IReadOnlyDictionary<string, IReadinessCheck> Checks = new IReadinessCheck[]
    {
        new TenantWalls(), new StoredPasswordCost(), new SessionExpiry(), new AdministratorsMfa(), new MigrationsApplied(MigrationCatalog.Own), new ForeignKeys(),
        new BackupFresh(), new AuditChainIntact(),
    }.ToDictionary(check => check.Concern.Id);

    public static async Task<TestDatabase> SoundAsync(this PostgresServer postgres)
    {
        var database = await postgres.CreateDatabaseAsync();
        await Sql.RunAsync(database.AdminConnectionString, Sound);

        return database;
    }

    /// <summary>The check passes before a change to such a database, and fails by it.</summary>
    public static async Task TurnsRedAsync(this PostgresServer postgres, string check, string mutation, string words)
    {
        await using var database = await postgres.SoundAsync();
        (await Checks[check].LookAsync(database)).Is(CheckStatus.Pass, "");
        await Sql.RunAsync(database.AdminConnectionString, mutation);

        (await Checks[check].LookAsync(database)).Is(CheckStatus.Fail, words);
    }
}
