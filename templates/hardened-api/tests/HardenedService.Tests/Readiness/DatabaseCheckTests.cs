using System.Reflection;
using FluentMigrator;
using HardenedService.Operations.Migrations;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

namespace HardenedService.Tests.Readiness;

/// <summary>Each check that looks at the database passes on a sound one, and is shown what it is there to find.</summary>
public sealed class DatabaseCheckTests(PostgresServer postgres)
{
    private const string Administrator = "'0197f2f4-7c1e-7d3a-9c55-00000000000a'";

    // Somebody whom every check is content with.
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
          ({Administrator}, sha256(''), {Administrator}, 0, 'cookie', 'mfa', now() - interval '1 hour', now() - interval '1 hour', interval '30 minutes', now() + interval '11 hours')
        """;

    private static readonly Dictionary<string, IReadinessCheck> Checks = new IReadinessCheck[]
    {
        new TenantWalls(), new StoredPasswordCost(), new SessionExpiry(), new AdministratorsMfa(), new MigrationsApplied(MigrationCatalog.Own), new ForeignKeys(),
        new AuditChainIntact(),
    }.ToDictionary(check => check.Concern.Id);

    [Fact]
    public async Task Each_is_content_with_a_sound_database()
    {
        await using var database = await SoundAsync();

        foreach (var check in Checks.Values)
        {
            (await check.LookAsync(database)).Is(CheckStatus.Pass, "");
        }
    }

    [Theory]
    [InlineData("password-cost", "update identity.accounts set password_hash = encode('\\x01'::bytea || int4send(2) || int4send(100000) || sha256(''), 'base64')", "1 account has a hash of 100000 iterations")]
    [InlineData("password-cost", "update identity.accounts set password_hash = encode('\\x01'::bytea || int4send(1) || int4send(600000) || sha256(''), 'base64')", "of another kind")]
    [InlineData("password-cost", "update identity.accounts set password_hash = encode('\\x00'::bytea || sha256(''), 'base64')", "of another kind")]
    [InlineData("password-cost", "update identity.accounts set password_hash = 'correct horse battery staple'", "of another kind")]
    [InlineData("password-cost", "update identity.accounts set password_hash = ''", "of another kind")]
    [InlineData("password-cost", "update identity.accounts set password_hash = encode('\\x01'::bytea || int4send(2) || int4send(215000) || sha256(''), 'base64')", "signed in within a day, still with a hash of 215000")]
    [InlineData("session-expiry", "update identity.sessions set idle_timeout = interval '2 hours'", "a stored cookie session lives 02:00:00 without use, and the settings say 00:30:00")]
    [InlineData("session-expiry", "update identity.sessions set expires_at = created_at + interval '13 hours'", "a stored cookie session lives 13:00:00, and the settings say 12:00:00")]
    [InlineData("session-expiry", "update identity.sessions set transport = 'bearer', idle_timeout = interval '1 year'", "a stored bearer session lives")]
    [InlineData("session-expiry", "update identity.sessions set created_at = now() - interval '3 days', expires_at = now() - interval '2 days'", "1 cookie session has been over for more than a day")]
    [InlineData("administrators-mfa", "delete from identity.totp_factors", "has neither authenticator app nor passkey")]
    [InlineData("administrators-mfa", "update identity.totp_factors set enabled_at = null", "has neither authenticator app nor passkey")]
    [InlineData("administrators-mfa", "update identity.accounts set mfa_enabled = false", "has neither authenticator app nor passkey")]
    [InlineData("administrators-mfa", "update identity.sessions set assurance = 'password'", "is signed in by a password alone")]
    [InlineData("migrations", "delete from migrations.version_info where version = 9", "9 (Audit) is not applied")]
    [InlineData("migrations", "insert into migrations.version_info (version, applied_at) values (9999, now())", "9999 is applied, and not of this build")]
    [InlineData("foreign-keys", "alter table tenancy.members drop constraint members_account_id_fkey", "tenancy.members.account_id has no validated foreign key")]
    [InlineData("foreign-keys", "alter table tenancy.members drop constraint members_account_id_fkey, add constraint members_account_id_fkey foreign key (account_id) references identity.accounts (id) not valid", "tenancy.members.account_id has no validated foreign key")]
    [InlineData("foreign-keys", "alter table tenancy.members disable trigger all", "tenancy.members.account_id has no validated foreign key that is in force")]
    [InlineData("foreign-keys", "create table tenancy.planted (made_by uuid)", "tenancy.planted.made_by has no validated foreign key")]
    [InlineData("foreign-keys", "alter table audit.details drop constraint details_record_id_fkey", "audit.details.record_id has no validated foreign key")]
    public async Task What_it_is_there_for_turns_it_red(string check, string mutation, string words)
    {
        await using var database = await SoundAsync();
        await Sql.RunAsync(database.AdminConnectionString, mutation);

        (await Checks[check].LookAsync(database)).Is(CheckStatus.Fail, words);
    }

    [Fact]
    public async Task A_database_out_of_reach_is_an_error_of_each()
    {
        foreach (var check in Checks.Values)
        {
            Assert.Equal(CheckStatus.Error, (await check.LookAsync(("Operations:OperatorConnectionString", ApiHost.NoDatabase))).Status);
        }
    }

    [Fact]
    public async Task One_that_does_not_answer_is_waited_for_once_and_not_described()
    {
        using var context = ReadinessScene.Context(database: null, host: null, ("Operations:OperatorConnectionString", ApiHost.NoDatabase));
        var found = await new ReadinessRun(context, TextWriter.Null).RunAsync([new BackupFresh(), new ForeignKeys(), new AuditChainIntact(), new SecurityReviewed()], TestContext.Current.CancellationToken);

        Assert.All(found, result => result.Finding.Is(CheckStatus.Error, "the database cannot be reached as Operations:OperatorConnectionString says (ConnectionRefused)"));
    }

    [Fact]
    public async Task What_asks_can_change_nothing()
    {
        await using var database = await SoundAsync();
        using var context = ReadinessScene.Context(database, host: null);

        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            context.QueryAsync("delete from identity.sessions returning id", row => row.GetGuid(0), TestContext.Current.CancellationToken));

        Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction, refused.SqlState);
        Assert.Equal(["30s"], await context.QueryAsync("select current_setting('statement_timeout')", row => row.GetString(0), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_registration_that_nobody_has_confirmed_is_not_counted()
    {
        await using var database = await SoundAsync();
        await Sql.RunAsync(database.AdminConnectionString, "update identity.accounts set password_hash = '', email_confirmed = false");

        (await Checks["password-cost"].LookAsync(database)).Is(CheckStatus.Pass, "0 accounts");
    }

    [Fact]
    public async Task A_weaker_hash_waits_for_the_next_sign_in()
    {
        await using var database = await SoundAsync();
        await Sql.RunAsync(
            database.AdminConnectionString,
            "delete from identity.sessions; update identity.accounts set password_hash = encode('\\x01'::bytea || int4send(2) || int4send(215000) || sha256(''), 'base64')");

        (await Checks["password-cost"].LookAsync(database)).Is(CheckStatus.Pass, "1 account, of which 1 waits for the next sign-in");
    }

    [Fact]
    public async Task Without_administrators_there_is_nothing_to_look_at()
    {
        await using var database = await SoundAsync();
        await Sql.RunAsync(database.AdminConnectionString, "update identity.accounts set is_administrator = false");

        (await Checks["administrators-mfa"].LookAsync(database)).Is(CheckStatus.NotApplicable, "nobody is an administrator");
    }

    [Fact]
    public async Task A_migration_without_a_way_back_is_found()
    {
        await using var database = await SoundAsync();
        var catalog = new MigrationCatalog(typeof(MigrationCatalog).Assembly, new OneWayAssembly());

        (await new MigrationsApplied(catalog).LookAsync(database)).Is(CheckStatus.Fail, "9100 (One way) has no script that takes it back");
    }

    /// <summary>A database that every check is content with.</summary>
    internal static async Task<TestDatabase> SoundAsync(PostgresServer postgres)
    {
        var database = await postgres.CreateDatabaseAsync();
        await Sql.RunAsync(database.AdminConnectionString, Sound);

        return database;
    }

    private Task<TestDatabase> SoundAsync() => SoundAsync(postgres);

    private sealed class OneWayAssembly : Assembly
    {
        public override string FullName => "OneWay";

        public override Type[] GetExportedTypes() => [typeof(M9100_OneWay)];

        public override string[] GetManifestResourceNames() => [];
    }
}

/// <summary>Nobody has written a script for it.</summary>
[Migration(9100, "One way")]
public sealed class M9100_OneWay : SqlMigration;
