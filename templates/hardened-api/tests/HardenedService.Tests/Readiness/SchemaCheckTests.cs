using System.Reflection;
using FluentMigrator;
using HardenedService.Operations.Migrations;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Readiness;

/// <summary>Checks of the catalogue and of the migrations are shown what they are there to find.</summary>
public sealed class SchemaCheckTests(PostgresServer postgres)
{
    [Theory]
    [InlineData("tenant-walls", "alter table tenancy.members disable row level security", "tenancy.members has no row-level security")]
    [InlineData("tenant-walls", "alter table tenancy.members no force row level security", "tenancy.members does not force row-level security")]
    [InlineData("tenant-walls", "drop policy tenant on tenancy.members", "tenancy.members has no policy \"tenant\"")]
    [InlineData("tenant-walls", "alter policy tenant on tenancy.organizations using (true)", "tenancy.organizations has no policy \"tenant\"")]
    [InlineData("tenant-walls", "alter policy tenant on audit.records using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid or true)", "audit.records has no policy \"tenant\"")]
    [InlineData("tenant-walls", "create policy leak on tenancy.members for select using (role = 'owner')", "lets everything through: leak")]
    [InlineData("tenant-walls", "create policy leak on tenancy.members for insert to hardened_service_app with check (true)", "lets everything through: leak")]
    [InlineData("tenant-walls", "alter table tenancy.invitations owner to hardened_service_app", "belongs to the role that the API runs as")]
    [InlineData("tenant-walls", "create table tenancy.planted (organization_id uuid)", "tenancy.planted has no row-level security")]
    [InlineData("migrations", "delete from migrations.version_info where version = 9", "9 (Audit) is not applied")]
    [InlineData("migrations", "insert into migrations.version_info (version, applied_at) values (9999, now())", "9999 is applied, and not of this build")]
    [InlineData("foreign-keys", "alter table tenancy.members drop constraint members_account_id_fkey", "tenancy.members.account_id has no validated foreign key")]
    [InlineData("foreign-keys", "alter table tenancy.members drop constraint members_account_id_fkey, add constraint members_account_id_fkey foreign key (account_id) references identity.accounts (id) not valid", "tenancy.members.account_id has no validated foreign key")]
    [InlineData("foreign-keys", "create table tenancy.planted (made_by uuid)", "tenancy.planted.made_by has no validated foreign key")]
    [InlineData("foreign-keys", "alter table audit.details drop constraint details_record_id_fkey", "audit.details.record_id has no validated foreign key")]
    public Task What_it_is_there_for_turns_it_red(string check, string mutation, string words) => postgres.TurnsRedAsync(check, mutation, words);

    [Theory]
    [InlineData("bypassrls", "is a superuser, or passes row-level security")]
    [InlineData("superuser", "is a superuser, or passes row-level security")]
    [InlineData("in role hardened_service_owner", "is a member of a role that sees more")]
    [InlineData("in role hardened_service_operator", "is a member of a role that sees more")]
    public async Task A_role_that_sees_more_is_found(string attributes, string words)
    {
        await using var database = await postgres.SoundAsync();

        // The roles of the service are shared by all tests.
        var role = $"planted_{Guid.NewGuid():N}";
        await Sql.RunAsync(database.AdminConnectionString, $"create role {role} {attributes}");

        try
        {
            (await new TenantWalls(role).LookAsync(database)).Is(CheckStatus.Fail, words);
        }
        finally
        {
            await Sql.RunAsync(database.AdminConnectionString, $"drop role {role}");
        }
    }

    [Fact]
    public async Task A_migration_without_a_way_back_is_found()
    {
        await using var database = await postgres.SoundAsync();
        var catalog = new MigrationCatalog(typeof(MigrationCatalog).Assembly, new OneWayAssembly());

        (await new MigrationsApplied(catalog).LookAsync(database)).Is(CheckStatus.Fail, "9100 (One way) has no script that takes it back");
    }

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
