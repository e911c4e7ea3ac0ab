using HardenedService.Operations.Databases;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Tenancy;

/// <summary>Every tenant's table stands behind the wall, and a table that does not is named.</summary>
public sealed class TenantTableTests(MigratedDatabase migrated) : IClassFixture<MigratedDatabase>
{
    [Fact]
    [Wall("E3")]
    public async Task Every_table_of_tenants_rows_stands_behind_the_wall()
    {
        await using var connection = await Sql.OpenAsync(migrated.Database.AdminConnectionString);

        Assert.Empty(await TenantTables.FaultsAsync(connection));
    }

    [Fact]
    [Wall("E3")]
    public async Task The_role_of_the_API_owns_no_table_passes_no_wall_and_builds_none()
    {
        Assert.Equal(
            "f f f f",
            await Sql.RunAsync(
                migrated.Database.AdminConnectionString,
                $"""
                select format('%s %s %s %s',
                  exists (select from pg_class where relowner = r.oid),
                  r.rolbypassrls or r.rolsuper,
                  pg_has_role(r.oid, '{DatabaseRoles.Owner}', 'member') or pg_has_role(r.oid, '{DatabaseRoles.Operator}', 'member'),
                  has_function_privilege(r.oid, 'tenancy.guard_rows(regclass)', 'execute'))
                from pg_roles r
                where r.rolname = '{DatabaseRoles.App}'
                """));
    }

    [Theory]
    [InlineData("select tenancy.guard_rows('planted.rows')", "")]
    [InlineData("select 1", "has no row-level security")]
    [InlineData("select tenancy.guard_rows('planted.rows'); alter table planted.rows no force row level security", "does not force row-level security on its owner")]
    [InlineData("select tenancy.guard_rows('planted.rows'); alter table planted.rows alter organization_id drop not null", "has rows of no organization")]
    [InlineData("select tenancy.guard_rows('planted.rows'); alter policy tenant on planted.rows using (true)", "has no policy")]
    [InlineData("select tenancy.guard_rows('planted.rows'); alter policy tenant on planted.rows with check (true)", "has no policy")]
    [InlineData("select tenancy.guard_rows('planted.rows'); alter policy tenant on planted.rows using (organization_id = current_setting('app.organization_id', true)::uuid)", "has no policy")]
    [InlineData("select tenancy.guard_rows('planted.rows'); alter policy tenant on planted.rows to hardened_service_owner", "has no policy")]
    [InlineData("select tenancy.guard_rows('planted.rows'); alter table planted.rows owner to hardened_service_app", "belongs to the role that the API runs as")]
    public async Task A_table_without_its_wall_is_named(string change, string fault)
    {
        await using var connection = await Sql.OpenAsync(migrated.Database.AdminConnectionString);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await Sql.RunAsync(connection, $"create schema planted; create table planted.rows (id uuid primary key, organization_id uuid); {change}");
        var faults = await TenantTables.FaultsAsync(connection);

        Assert.Equal(fault.Length > 0, faults.Count > 0);
        Assert.All(faults, found => Assert.StartsWith("planted.rows ", found, StringComparison.Ordinal));
        Assert.Contains(fault, string.Join('\n', faults), StringComparison.Ordinal);
    }
}
