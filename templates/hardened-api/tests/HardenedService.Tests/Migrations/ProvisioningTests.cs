using HardenedService.Operations.Databases;
using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Migrations;

/// <summary>In one collection with <see cref="RoleTests"/>: the roles belong to the whole server.</summary>
[Collection("roles")]
public sealed class ProvisioningTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Provisioning_may_be_run_again_and_twice_at_once()
    {
        await using var database = server.Database(server.NewName());

        await Task.WhenAll(ProvisionAsync(database), ProvisionAsync(database));
        var first = await WholeAsync(database);
        await ProvisionAsync(database);

        Assert.Equal(first, await WholeAsync(database));
        Assert.Equal(1, await Sql.RunAsync(database.AppConnectionString, "select 1"));
    }

    [Fact]
    public async Task Provisioning_does_not_wait_for_another_run_for_ever()
    {
        await using var database = server.Database(server.NewName());
        await using var other = await Sql.OpenAsync(server.AdminConnectionString);
        await Sql.RunAsync(other, $"select pg_advisory_lock({Provisioning.LockKey})");
        var hurried = new NpgsqlConnectionStringBuilder(server.AdminConnectionString) { Options = "-c lock_timeout=100" };

        var failure = await Assert.ThrowsAsync<ProvisioningException>(
            () => Provisioning.ApplyAsync(hurried.ConnectionString, database.Name, server.Passwords, Cancel));

        Assert.StartsWith("Another provisioning of this server is at work", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Provisioning_corrects_what_has_gone_astray()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        var right = await WholeAsync(database);
        await Sql.RunAsync(
            database.AdminConnectionString,
            $"""
            alter role {DatabaseRoles.App} createdb;
            alter database {database.Name} owner to postgres;
            grant connect, temporary on database {database.Name} to public;
            grant create on schema public to public;
            """);
        Assert.NotEqual(right, await WholeAsync(database), StringComparer.Ordinal);

        await ProvisionAsync(database);

        Assert.Equal(right, await WholeAsync(database));
        Assert.Equal(false, await Sql.RunAsync(
            database.AdminConnectionString, $"select rolcreatedb from pg_roles where rolname = '{DatabaseRoles.App}'"));
    }

    [Fact]
    public async Task The_script_run_by_hand_gives_the_same_database()
    {
        await using var byHand = server.Database($"{server.NewName()}'s \"own\"");
        await using var byVerb = server.Database(server.NewName());
        await ProvisionAsync(byVerb);

        // \password asks at the terminal, and there is none here; the roles have theirs.
        var script = string.Join('\n', Provisioning.Script(byHand.Name).Split('\n')
            .Where(line => !line.StartsWith("\\password", StringComparison.Ordinal)));
        var (exitCode, output) = await server.PsqlAsync(server.AdminConnectionString, script);

        Assert.True(exitCode == 0, output);
        Assert.Equal(await WholeAsync(byVerb), await WholeAsync(byHand));
    }

    [Fact]
    public async Task The_script_asks_for_the_password_of_the_api_until_it_has_been_rotated()
    {
        await using var database = server.Database(server.NewName());
        var script = Provisioning.Script(database.Name).Replace("\\password", "\\echo asks for", StringComparison.Ordinal);

        Assert.Contains($"asks for {DatabaseRoles.App}\n", (await server.PsqlAsync(server.AdminConnectionString, script)).Output, StringComparison.Ordinal);

        await Sql.RunAsync(server.AdminConnectionString, $"create role {DatabaseRoles.AlternateApp}");
        var (exitCode, output) = await server.PsqlAsync(server.AdminConnectionString, script);
        await Sql.RunAsync(server.AdminConnectionString, $"drop role {DatabaseRoles.AlternateApp}");

        Assert.True(exitCode == 0, output);
        Assert.Contains($"asks for {DatabaseRoles.Operator}\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain($"asks for {DatabaseRoles.App}\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_password_reaches_the_log_of_the_server()
    {
        await using var database = server.Database(server.NewName());
        var talkative = new NpgsqlConnectionStringBuilder(server.AdminConnectionString) { Options = "-c log_statement=all" };

        await Provisioning.ApplyAsync(talkative.ConnectionString, database.Name, server.Passwords, Cancel);
        await Sql.RunAsync(talkative.ConnectionString, $"select 'provisioned {database.Name}'");

        var log = "";
        await Eventually.HoldsAsync(
            async () => (log = await server.ReadLogAsync()).Contains($"'provisioned {database.Name}'", StringComparison.Ordinal),
            "the log tells of the statement after provisioning");
        Assert.Contains($"alter role {DatabaseRoles.Owner} password 'SCRAM-SHA-256$", log, StringComparison.Ordinal);
        Assert.All(
            [server.Passwords.Owner, server.Passwords.App, server.Passwords.Operator],
            password => Assert.DoesNotContain(password, log, StringComparison.Ordinal));
    }

    [Fact]
    public void Passwords_print_as_nothing() => Assert.Equal("RolePasswords", $"{new RolePasswords("one", "two", "three")}");

    [Theory]
    [InlineData("")]
    [InlineData("passwörd-of-the-owner")]
    public async Task A_password_beyond_ascii_is_refused_and_not_repeated(string password)
    {
        var passwords = server.Passwords with { Owner = password };

        var failure = await Assert.ThrowsAsync<ArgumentException>(
            () => Provisioning.ApplyAsync(server.AdminConnectionString, server.NewName(), passwords, Cancel));

        Assert.StartsWith("A role's password must be printable ASCII, and not empty.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_who_may_not_provision_is_told_what_it_takes()
    {
        await using var database = server.Database(server.NewName());
        var clerk = new NpgsqlConnectionStringBuilder(server.AdminConnectionString)
        {
            Username = $"clerk_{database.Name}",
            Password = "clerk",
        };
        await Sql.RunAsync(server.AdminConnectionString, $"create role {clerk.Username} login createrole createdb password 'clerk'");

        var failure = await Assert.ThrowsAsync<ProvisioningException>(
            () => Provisioning.ApplyAsync(clerk.ConnectionString, database.Name, server.Passwords, Cancel));

        Assert.Contains("Use a superuser or, from PostgreSQL 16 on,", failure.Message, StringComparison.Ordinal);
        await Sql.RunAsync(server.AdminConnectionString, $"drop owned by {clerk.Username}; drop role {clerk.Username}");
    }

    private Task ProvisionAsync(TestDatabase database) =>
        Provisioning.ApplyAsync(server.AdminConnectionString, database.Name, server.Passwords, Cancel);

    // With --create, the dump holds the rights on the database itself.
    private async Task<string> WholeAsync(TestDatabase database) =>
        (await server.DumpAsync(database.AdminConnectionString, "--create"))
            .Replace(ProvisioningSql.Identifier(database.Name), "database", StringComparison.Ordinal)
            .Replace(database.Name, "database", StringComparison.Ordinal);
}
