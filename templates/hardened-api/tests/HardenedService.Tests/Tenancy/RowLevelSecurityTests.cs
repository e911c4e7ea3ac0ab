using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

/// <summary>What the role of the API sees of tenants' rows when nobody writes a WHERE.</summary>
public sealed class RowLevelSecurityTests(MigratedDatabase migrated) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private const string Theirs = "'0197f2f4-7c1e-7d3a-9c55-000000000002'";
    private const string Ours = "'0197f2f4-7c1e-7d3a-9c55-000000000001'";
    private const string Person = "'0197f2f4-7c1e-7d3a-9c55-00000000000a'";

    public async ValueTask InitializeAsync() => await Sql.RunAsync(
        migrated.Database.AdminConnectionString,
        $"""
        insert into identity.accounts (id, email, normalized_email, password_hash, security_stamp, concurrency_stamp)
        values ({Person}, 'a@example.org', 'A@EXAMPLE.ORG', '', '', '')
        on conflict do nothing;
        insert into tenancy.organizations (id, name)
        values ({Ours}, 'Ours'), ({Theirs}, 'Theirs')
        on conflict do nothing;
        insert into tenancy.members (organization_id, account_id, role)
        values ({Ours}, {Person}, 'owner'), ({Theirs}, {Person}, 'owner')
        on conflict do nothing;
        """);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    [Wall("E2")]
    public async Task Without_a_scope_there_are_no_rows()
    {
        await using var app = await Sql.OpenAsync(migrated.Database.AppConnectionString);

        Assert.Equal(0L, await Sql.RunAsync(app, "select count(*) from tenancy.organizations"));
        Assert.Equal(0L, await Sql.RunAsync(app, "select count(*) from tenancy.members"));
        Assert.Equal(0L, await Sql.RunAsync(app, "select count(*) from tenancy.invitations"));
    }

    [Fact]
    [Wall("E2")]
    public async Task In_a_scope_there_are_its_rows_whatever_is_asked_for()
    {
        await using var app = await EnterAsync(Ours);

        Assert.Equal("Ours", await Sql.RunAsync(app, "select string_agg(name, ' ') from tenancy.organizations"));
        Assert.Equal(1L, await Sql.RunAsync(app, "select count(*) from tenancy.members"));
        Assert.Equal(0L, await Sql.RunAsync(app, $"select count(*) from tenancy.members where organization_id = {Theirs}"));
        Assert.Null(await Sql.RunAsync(app, $"update tenancy.organizations set name = 'Mine' where id = {Theirs} returning 1"));
        Assert.Null(await Sql.RunAsync(app, $"delete from tenancy.members where organization_id = {Theirs} returning 1"));
    }

    [Theory]
    [InlineData("insert into tenancy.members (organization_id, account_id, role) values (" + Theirs + ", " + Person + ", 'owner')")]
    [InlineData("insert into tenancy.invitations (id, organization_id, email, normalized_email, role, token_hash, expires_at) values (" + Person + ", " + Theirs + ", 'a@b', 'A@B', 'owner', sha256(''), now() + interval '1 day')")]
    [InlineData("insert into tenancy.organizations (id, name) values (gen_random_uuid(), 'Mine')")]
    [InlineData("update tenancy.organizations set name = name, id = " + Theirs)]
    [Wall("E2")]
    public async Task Nothing_can_be_written_into_another_scope(string statement)
    {
        await using var app = await EnterAsync(Ours);

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => Sql.RunAsync(app, statement))).SqlState);
    }

    [Fact]
    [Wall("E2")]
    public async Task A_person_in_no_organization_sees_their_own_memberships_and_only_then()
    {
        await using var app = await Sql.OpenAsync(migrated.Database.AppConnectionString);
        await using var transaction = await app.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await Sql.RunAsync(app, $"select set_config('app.user_id', {Person}, true)");

        Assert.Equal("Ours Theirs", await Sql.RunAsync(app, "select string_agg(name, ' ' order by name) from tenancy.organizations"));

        await Sql.RunAsync(app, $"select set_config('app.organization_id', {Ours}, true)");

        Assert.Equal("Ours", await Sql.RunAsync(app, "select string_agg(name, ' ' order by name) from tenancy.organizations"));
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("rollback")]
    [InlineData("select 1 / 0")]
    [Wall("E3")]
    public async Task A_scope_ends_with_its_transaction_whichever_way(string end)
    {
        await using var app = await Sql.OpenAsync(migrated.Database.AppConnectionString);
        await using (var transaction = await app.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await Sql.RunAsync(app, $"select set_config('app.user_id', {Person}, true), set_config('app.organization_id', {Ours}, true)");

            if (end == "commit")
            {
                await transaction.CommitAsync(TestContext.Current.CancellationToken);
            }
            else if (end != "rollback")
            {
                await Assert.ThrowsAsync<PostgresException>(() => Sql.RunAsync(app, end));
            }
        }

        // The setting is there now, and empty: without the nullif this would be an error.
        Assert.Equal("", await Sql.RunAsync(app, "select coalesce(current_setting('app.organization_id', true), '')"));
        Assert.Equal(0L, await Sql.RunAsync(app, "select count(*) from tenancy.members"));
    }

    private async Task<NpgsqlConnection> EnterAsync(string organization)
    {
        var app = await Sql.OpenAsync(migrated.Database.AppConnectionString);
        await Sql.RunAsync(app, $"begin; select set_config('app.user_id', {Person}, true), set_config('app.organization_id', {organization}, true)");

        return app;
    }
}
