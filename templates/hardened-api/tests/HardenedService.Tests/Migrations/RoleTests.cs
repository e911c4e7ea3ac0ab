using HardenedService.Operations.Databases;
using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Migrations;

/// <summary>What each role may do, and what the server refuses it.</summary>
[Collection("roles")]
public sealed class RoleTests(PostgresServer server, MigratedDatabase migrated) : IClassFixture<MigratedDatabase>
{
    /// <summary>On whole tables, and on none but these and those of the features: see <see cref="FeatureSample.Rights"/>.</summary>
    private static readonly string[] Rights =
    [
        "audit.details: DELETE, SELECT",
        "audit.pending: INSERT",
        "audit.records: SELECT",
        "identity.accounts: DELETE, SELECT",
        "identity.known_networks: DELETE, INSERT, SELECT, UPDATE",
        "identity.live_sessions: SELECT",
        "identity.one_time_tokens: DELETE, INSERT, SELECT, UPDATE",
        "identity.passkeys: DELETE, INSERT, SELECT, UPDATE",
        "identity.recovery_codes: DELETE, INSERT, SELECT, UPDATE",
        "identity.session_epochs: SELECT",
        "identity.sessions: DELETE, INSERT, SELECT, UPDATE",
        "identity.totp_factors: DELETE, INSERT, SELECT, UPDATE",
        "migrations.version_info: SELECT",
        "platform.attempt_windows: DELETE, INSERT, SELECT, UPDATE",
        "platform.data_protection_keys: INSERT, SELECT",
        "platform.idempotency_keys: DELETE, INSERT, SELECT",
        "platform.outbox_messages: DELETE, INSERT, SELECT, UPDATE",
        "platform.recoveries: SELECT",
        "tenancy.invitations: DELETE, INSERT, SELECT",
        "tenancy.members: DELETE, INSERT, SELECT",
        "tenancy.organizations: DELETE, INSERT, SELECT",
    ];

    private TestDatabase Database => migrated.Database;

    [Fact]
    public async Task The_app_role_owns_nothing_and_has_no_attribute_beyond_login()
    {
        Assert.Equal("login", await AttributesAsync(DatabaseRoles.App));
        Assert.Equal(0L, await Sql.RunAsync(
            Database.AdminConnectionString, $"select count(*) from pg_class where relowner = '{DatabaseRoles.App}'::regrole"));
        Assert.Equal(0L, await Sql.RunAsync(
            Database.AdminConnectionString, $"select count(*) from pg_auth_members where member = '{DatabaseRoles.App}'::regrole"));
    }

    [Fact]
    public async Task The_owner_role_owns_the_database_and_is_no_superuser()
    {
        Assert.Equal("login", await AttributesAsync(DatabaseRoles.Owner));
        Assert.Equal(DatabaseRoles.Owner, await Sql.RunAsync(
            Database.AdminConnectionString, "select pg_get_userbyid(datdba)::text from pg_database where datname = current_database()"));
    }

    [Fact]
    public async Task The_operator_role_passes_row_level_security_and_may_replicate() =>
        Assert.Equal("login bypassrls replication", await AttributesAsync(DatabaseRoles.Operator));

    [Theory]
    [InlineData("create table public.mine ()")]
    [InlineData("create table identity.mine ()")]
    [InlineData("create temporary table mine ()")]
    [InlineData("create schema mine")]
    [InlineData("drop table identity.accounts")]
    [InlineData("truncate identity.accounts")]
    [InlineData("alter table identity.accounts disable trigger all")]
    [InlineData("insert into migrations.version_info values (9, now(), 'mine')")]
    [InlineData("update migrations.version_info set version = 9")]
    [InlineData("delete from migrations.version_info")]
    [InlineData("update platform.data_protection_keys set xml = ''")]
    [InlineData("delete from platform.data_protection_keys")]
    [InlineData("update platform.idempotency_keys set body = ''")]
    [InlineData("update identity.accounts set is_administrator = true")]
    [InlineData("update identity.accounts set disabled_at = null")]
    [InlineData("insert into identity.accounts (id, is_administrator) values (gen_random_uuid(), true)")]
    public async Task The_app_role_is_refused(string statement) =>
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await Sql.RefusalAsync(Database.AppConnectionString, statement));

    [Fact]
    public async Task The_app_role_reads_the_schema_version() =>
        Assert.Equal(MigrationCatalog.All[^1].Version, await Sql.RunAsync(Database.AppConnectionString, "select max(version) from migrations.version_info"));

    [Fact]
    public async Task The_app_role_has_exactly_these_rights_on_tables() => Assert.Equal(
        Rights.Concat(FeatureSample.All.SelectMany(feature => feature.Rights)).Order(StringComparer.Ordinal),
        (string[]?)await Sql.RunAsync(
            Database.AdminConnectionString,
            $"""
            select array_agg(line order by line collate "C")
            from (
              select format('%s.%s: %s', relnamespace::regnamespace, relname, string_agg(privilege_type, ', ' order by privilege_type))
              from pg_class, aclexplode(relacl)
              where grantee = '{DatabaseRoles.App}'::regrole
              group by relnamespace, relname
            ) as rights (line)
            """));

    [Fact]
    public async Task The_app_role_adds_keys_without_a_right_on_their_sequence() => Assert.Equal(1, await Sql.RunAsync(
        Database.AppConnectionString,
        "insert into platform.data_protection_keys (friendly_name, xml) values ('one', '<key/>') returning id"));

    [Fact]
    public async Task The_operator_role_reads_every_table_and_sequence()
    {
        Assert.Equal(0L, await Sql.RunAsync(
            Database.OperatorConnectionString,
            """
            select count(*)
            from pg_class
            where relnamespace in ('audit'::regnamespace, 'identity'::regnamespace, 'platform'::regnamespace, 'tenancy'::regnamespace, 'migrations'::regnamespace)
              and relkind in ('r', 'p', 'S')
              and not has_table_privilege(oid, 'select')
            """));
        Assert.Contains("CREATE TABLE identity.accounts", await server.DumpAsync(Database.OperatorConnectionString), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delete from identity.accounts")]
    [InlineData("update platform.outbox_messages set payload = ''")]
    [InlineData("update platform.outbox_messages set delivered_at = now()")]
    [InlineData("insert into platform.outbox_messages (id, kind, payload) values (gen_random_uuid(), 'mail', '')")]
    [InlineData("insert into platform.data_protection_keys (friendly_name, xml) values ('mine', '')")]
    [InlineData("create table public.mine ()")]
    [InlineData("create temporary table mine ()")]
    public async Task The_operator_role_is_refused(string statement) =>
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await Sql.RefusalAsync(Database.OperatorConnectionString, statement));

    [Fact]
    public async Task A_role_that_is_none_of_the_three_cannot_connect()
    {
        var stranger = $"stranger_{Database.Name}";
        await Sql.RunAsync(Database.AdminConnectionString, $"create role {stranger} login password 'stranger'");
        var connection = new NpgsqlConnectionStringBuilder(Database.AdminConnectionString)
        {
            Username = stranger,
            Password = "stranger",
            Pooling = false,
        };

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await Sql.RefusalAsync(connection.ConnectionString, "select 1"));
        await Sql.RunAsync(Database.AdminConnectionString, $"drop role {stranger}");
    }

    private async Task<object?> AttributesAsync(string role) => await Sql.RunAsync(
        Database.AdminConnectionString,
        $"""
        select concat_ws(' ',
          case when rolcanlogin then 'login' end,
          case when rolsuper then 'superuser' end,
          case when rolcreaterole then 'createrole' end,
          case when rolcreatedb then 'createdb' end,
          case when rolbypassrls then 'bypassrls' end,
          case when rolreplication then 'replication' end)
        from pg_roles
        where rolname = '{role}'
        """);
}
