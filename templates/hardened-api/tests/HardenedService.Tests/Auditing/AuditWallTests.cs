using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

namespace HardenedService.Tests.Auditing;

/// <summary>What the role of the API may do with the trail: add to it, and read what its transaction may see.</summary>
public sealed class AuditWallTests(MigratedDatabase migrated) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private const string Ours = "0197f2f4-7c1e-7d3a-9c55-000000000001";
    private const string Theirs = "0197f2f4-7c1e-7d3a-9c55-000000000002";
    private const string Person = "0197f2f4-7c1e-7d3a-9c55-00000000000a";
    private const string Admin = "0197f2f4-7c1e-7d3a-9c55-00000000000b";

    public async ValueTask InitializeAsync() => await Sql.RunAsync(
        migrated.Database.AdminConnectionString,
        $"""
        insert into audit.records (id, organization_id, action, outcome, actor_kind, actor_id, subject_id)
        values
          ('{Ours}', '{Ours}', 'test.ours', 'success', 'account', '{Admin}', '{Person}'),
          ('{Theirs}', '{Theirs}', 'test.theirs', 'success', 'account', '{Person}', null),
          ('{Person}', null, 'test.signin', 'refused', 'nobody', null, '{Person}'),
          ('{Admin}', null, 'test.others', 'success', 'account', '{Admin}', null)
        on conflict do nothing;
        insert into audit.details (record_id, organization_id, user_agent, recorded_at)
        select id, organization_id, action, now() - interval '40 days'
        from audit.records
        on conflict do nothing
        """);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [Wall("I4")]
    [InlineData("update audit.records set outcome = outcome")]
    [InlineData("delete from audit.records")]
    [InlineData("truncate audit.records cascade")]
    [InlineData("insert into audit.records (id, occurred_at, action, outcome, actor_kind) values (gen_random_uuid(), now(), 'test.backdated', 'success', 'nobody')")]
    [InlineData("insert into audit.records (id, action, outcome, actor_kind) values (gen_random_uuid(), 'test.posing', 'success', 'operator')")]
    [InlineData("insert into audit.records (id, organization_id, action, outcome, actor_kind) values (gen_random_uuid(), '" + Theirs + "', 'test.elsewhere', 'success', 'nobody')")]
    [InlineData("update audit.details set user_agent = null")]
    [InlineData("delete from audit.pending")]
    [InlineData("select from audit.seals")]
    [InlineData("insert into audit.seals values (1, '" + Ours + "', sha256(''))")]
    [InlineData("delete from audit.seals")]
    [InlineData("select audit.chain_hash('', 1, null)")]
    public async Task The_role_of_the_API_changes_nothing_that_was_written(string statement)
    {
        await using var app = await EnterAsync(Person, Ours);

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => Sql.RunAsync(app, statement))).SqlState);
    }

    [Theory]
    [Wall("E2"), Wall("I4")]
    [InlineData("", "", "", "")]
    [InlineData("", Ours, "test.ours", "test.ours")]
    [InlineData(Person, Ours, "test.ours", "test.ours")]
    [InlineData(Person, "", "test.ours test.signin test.theirs", "test.signin test.theirs")]
    [InlineData(Admin, "", "test.others test.ours", "test.others test.ours")]
    public async Task A_transaction_sees_its_organizations_records_or_its_persons_own(string person, string organization, string records, string details)
    {
        await using var app = await EnterAsync(person, organization);

        Assert.Equal(records, await Sql.RunAsync(app, "select coalesce(string_agg(action, ' ' order by action), '') from audit.records"));
        Assert.Equal(details, await Sql.RunAsync(app, "select coalesce(string_agg(user_agent, ' ' order by user_agent), '') from audit.details"));
        Assert.Null(await Sql.RunAsync(app, "delete from audit.details returning 1"));
    }

    [Theory]
    [Wall("I4")]
    [InlineData("update audit.records set outcome = outcome")]
    [InlineData("delete from audit.records")]
    [InlineData("insert into audit.seals values (1, '" + Ours + "', sha256(''))")]
    [InlineData("delete from audit.details")]
    public async Task Nor_does_the_operators(string statement) =>
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await Sql.RefusalAsync(migrated.Database.OperatorConnectionString, statement));

    [Fact]
    public async Task The_sweep_reaches_nothing_that_is_recent()
    {
        await using var app = await EnterAsync("", "");
        await Sql.RunAsync(app, "select set_config('app.sweep', 'audit_details', true)");
        await Sql.RunAsync(migrated.Database.AdminConnectionString, $"update audit.details set recorded_at = now() - interval '29 days' where record_id = '{Theirs}'");

        Assert.Equal("test.others test.ours test.signin", await Sql.RunAsync(
            app, "with gone as (delete from audit.details returning user_agent) select string_agg(user_agent, ' ' order by user_agent) from gone"));
    }

    private async Task<NpgsqlConnection> EnterAsync(string person, string organization)
    {
        var app = await Sql.OpenAsync(migrated.Database.AppConnectionString);
        await Sql.RunAsync(app, $"begin; select set_config('app.user_id', '{person}', true), set_config('app.organization_id', '{organization}', true)");

        return app;
    }
}
