using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

/// <summary>How the database goes about one tenant's rows among a hundred thousand of a thousand tenants.</summary>
public sealed class TenantPlanTests(TenantPlanTests.ThousandTenants thousand) : IClassFixture<TenantPlanTests.ThousandTenants>
{
    [Theory]
    [InlineData("force_generic_plan")]
    [InlineData("force_custom_plan")]
    public async Task A_list_without_a_where_reads_the_tenants_part_of_the_index_and_sorts_nothing(string mode)
    {
        var plan = await PlanAsync(mode, "select id, text from memos.memos order by id limit 50");

        Assert.Contains("Index Scan using memos_organization_id_idx", plan, StringComparison.Ordinal);
        Assert.Contains("Index Cond: (organization_id = ", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("force_generic_plan")]
    [InlineData("force_custom_plan")]
    public async Task One_row_is_found_by_its_id(string mode)
    {
        var plan = await PlanAsync(mode, "select text from memos.memos where id = '00000000-0000-0000-0000-000000000001'");

        Assert.Contains("Index Scan using memos_", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    private async Task<string> PlanAsync(string mode, string statement)
    {
        await using var connection = await Sql.OpenAsync(thousand.Database.AppConnectionString);
        await Sql.RunAsync(connection, $"begin; set local app.organization_id = '00000000-0000-0000-0000-000000000001'; set local plan_cache_mode = {mode}; prepare list as {statement}");
        await using var command = new NpgsqlCommand("explain execute list", connection);
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var lines = new List<string>();

        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            lines.Add(rows.GetString(0));
        }

        return string.Join('\n', lines);
    }

    public sealed class ThousandTenants(PostgresServer postgres) : IAsyncLifetime
    {
        public TestDatabase Database { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Database = await postgres.CreateDatabaseAsync();
            await Memo.MigrateAsync(Database.OwnerConnectionString);
            await Sql.RunAsync(
                Database.AdminConnectionString,
                """
                alter table memos.memos drop constraint memos_organization_id_fkey;
                insert into memos.memos (id, organization_id, text)
                select lpad(n::text, 32, '0')::uuid, lpad((n % 1000 + 1)::text, 32, '0')::uuid, 'A memo'
                from generate_series(1, 100000) n;
                analyze memos.memos;
                """);
        }

        public ValueTask DisposeAsync() => Database.DisposeAsync();
    }
}
