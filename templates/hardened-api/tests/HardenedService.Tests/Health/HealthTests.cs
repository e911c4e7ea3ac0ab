using System.Net;
using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Health;

public sealed class HealthTests(ApiFixture api, PostgresServer postgres) : IClassFixture<ApiFixture>
{
    [Theory]
    [Wall("J3")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/health/startup")]
    public async Task Health_answers_on_the_management_port_and_there_alone(string path)
    {
        Assert.Equal(HttpStatusCode.OK, (await api.Api.Management.GetAsync(path)).StatusCode);
        await Problem.IsAsync(await api.Client.GetAsync(path), HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    [Wall("J3")]
    public async Task A_forged_host_header_does_not_open_the_management_port()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/ready");
        request.Headers.Host = api.Api.Management.BaseAddress!.Authority;

        await Problem.IsAsync(await api.Client.SendAsync(request), HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    [Wall("J3")]
    public async Task The_api_does_not_answer_on_the_management_port()
    {
        await Problem.IsAsync(await api.Api.Management.GetAsync("/v1/account"), HttpStatusCode.NotFound, "not_found");
        await Problem.IsAsync(await api.Api.Management.PostAsync("/v1/account", null), HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Ready_names_each_check()
    {
        var body = await (await api.Api.Management.GetAsync("/health/ready")).JsonAsync();

        Assert.Equal("healthy", body.GetProperty("status").GetString());
        Assert.Equal(
            ["database", "draining", "erasures", "outbox", "schema", "workers"], body.GetProperty("checks").EnumerateObject().Select(check => check.Name).Order());
    }

    [Fact]
    public async Task Without_a_database_it_lives_but_is_not_ready()
    {
        using var host = ApiHost.Start("Host=127.0.0.1;Port=1;Database=none;Username=none;Password=none");

        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/health/live")).StatusCode);
        var ready = await host.Management.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("unhealthy", (await ready.JsonAsync()).GetProperty("checks").GetProperty("database").GetProperty("status").GetString());
        Assert.DoesNotContain("Exception", await ready.Content.ReadAsStringAsync());
    }

    [Fact]
    [Wall("K5")]
    public async Task On_a_newer_schema_it_is_ready_for_the_next_release_migrates_first()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        await using (var connection = new NpgsqlConnection(database.OwnerConnectionString))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand("insert into migrations.version_info (version, applied_at) values (9999, now())", connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        using var host = ApiHost.Start(database.AppConnectionString);
        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/health/ready")).StatusCode);
    }

    [Fact]
    [Wall("K5")]
    public async Task On_an_older_schema_it_is_not_ready_and_says_why()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var (before, needed) = (MigrationCatalog.All[^2].Version, MigrationCatalog.All[^1].Version);
        await new Migrator(database.OwnerConnectionString, TextWriter.Null).DownAsync(before, TestContext.Current.CancellationToken);
        using var host = ApiHost.Start(database.AppConnectionString);

        var ready = await host.Management.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        var schema = (await ready.JsonAsync()).GetProperty("checks").GetProperty("schema");
        Assert.Equal($"schema at {before}, this build needs {needed}: migrate first", schema.GetProperty("detail").GetString());
    }
}
