using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Readiness;

/// <summary>Each hole in the walls between organizations is found in the catalogue of the database.</summary>
public sealed class TenantWallCheckTests(PostgresServer postgres)
{
    [Theory]
    [InlineData("alter table tenancy.members disable row level security", "tenancy.members has no row-level security")]
    [InlineData("alter table tenancy.members no force row level security", "tenancy.members does not force row-level security")]
    [InlineData("drop policy tenant on tenancy.members", "tenancy.members has no policy \"tenant\"")]
    [InlineData("alter policy tenant on tenancy.organizations using (true)", "tenancy.organizations has no policy \"tenant\"")]
    [InlineData("alter policy tenant on audit.records using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid or true)", "audit.records has no policy \"tenant\"")]
    [InlineData("create policy leak on tenancy.members for select using (role = 'owner')", "lets everything through: leak")]
    [InlineData("create policy leak on tenancy.members for insert to hardened_service_app with check (true)", "lets everything through: leak")]
    [InlineData("alter table tenancy.invitations owner to hardened_service_app", "belongs to the role that the API runs as")]
    [InlineData("create table tenancy.planted (organization_id uuid)", "tenancy.planted has no row-level security")]
    [InlineData("create materialized view tenancy.planted_copy as select * from tenancy.members", "tenancy.planted_copy has no row-level security")]
    public async Task A_hole_in_a_wall_is_found(string mutation, string words)
    {
        await using var database = await DatabaseCheckTests.SoundAsync(postgres);
        await Sql.RunAsync(database.AdminConnectionString, mutation);

        (await new TenantWalls().LookAsync(database)).Is(CheckStatus.Fail, words);
    }

    /// <summary>The roles of the service are shared by all tests: this one has one of its own.</summary>
    [Theory]
    [InlineData("create role {0} bypassrls", "is a superuser, or passes row-level security")]
    [InlineData("create role {0} superuser", "is a superuser, or passes row-level security")]
    [InlineData("create role {0} in role hardened_service_owner", "is a member of a role that sees more")]
    [InlineData("create role {0} in role hardened_service_operator", "is a member of a role that sees more")]
    [InlineData("create role {0}; create role {0}_group bypassrls role {0}", "is a member of a role that sees more")]
    [InlineData("create role {0}; create role {0}_group role {0}; create policy leak on tenancy.members for select to {0}_group using (true)", "lets everything through: leak")]
    public async Task A_role_that_sees_more_is_found(string mutation, string words)
    {
        var role = $"planted_{Guid.NewGuid():N}";
        var database = await DatabaseCheckTests.SoundAsync(postgres);
        await Sql.RunAsync(database.AdminConnectionString, mutation.Replace("{0}", role, StringComparison.Ordinal));

        try
        {
            (await new TenantWalls(role).LookAsync(database)).Is(CheckStatus.Fail, words);
        }
        finally
        {
            // What names a role keeps it.
            await database.DisposeAsync();
            await Sql.RunAsync(postgres.AdminConnectionString, $"drop role if exists {role}_group; drop role {role}");
        }
    }
}
