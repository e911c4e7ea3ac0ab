using System.Net;
using System.Net.Http.Json;
using HardenedService.Platform.Data;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

public sealed record GivenRequest(Guid OrganizationId, Guid? MoveTo);

public sealed record Left(int Backend, string Scope, long Memos);

/// <summary>The API with the memos in it, and handlers that do what they should not.</summary>
public sealed class MemosFixture(PostgresServer postgres) : IAsyncLifetime
{
    // Two of a number are noticed at the commit.
    private const string Once =
        """
        create table memos.once (number integer unique deferrable initially deferred);
        grant insert on memos.once to hardened_service_app;
        """;

    private ApiHost? _host;

    public TestDatabase Database { get; private set; } = null!;

    /// <summary>It has three connections, on which all tenants meet.</summary>
    public ApiHost Host => _host ?? throw new InvalidOperationException("The host has not been started.");

    public async ValueTask InitializeAsync()
    {
        Database = await postgres.CreateDatabaseAsync();
        await Memo.MigrateAsync(Database.OwnerConnectionString);
        await Sql.RunAsync(Database.OwnerConnectionString, Once);
        _host = Start(connections: 3);
    }

    /// <summary>A host whose connections are returned to the pool as they are: Npgsql resets nothing.</summary>
    public ApiHost Start(int connections) => ApiHost.Start(
        $"{Database.AppConnectionString};Maximum Pool Size={connections};No Reset On Close=true",
        configure: host =>
        {
            host.ConfigureTestServices(MemosDb.Add);
            TestEndpoints.Add(Map, "/v1")(host);
        });

    internal Task<Tenant> NewTenantAsync() => Database.NewTenantAsync();

    internal static Task<HttpResponseMessage> SendAsync(ApiHost host, Tenant? tenant, HttpMethod method, string path, object? body = null, string? key = null) =>
        NotesFixture.SendAsync(
            host.Public, tenant?.Token ?? "", method, path, body is null ? null : JsonContent.Create(body), ("Idempotency-Key", key), ("If-Match", "\"1\""));

    internal Task<HttpResponseMessage> SendAsync(Tenant tenant, HttpMethod method, string path, object? body = null, string? key = null) =>
        SendAsync(Host, tenant, method, path, body, key);

    /// <summary>The id of a new memo.</summary>
    internal async Task<Guid> AddAsync(Tenant tenant, string text)
    {
        var answer = await SendAsync(tenant, HttpMethod.Post, "/v1/memos", new { text }, NotesFixture.New());
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);

        return (await answer.JsonAsync()).GetProperty("id").GetGuid();
    }

    /// <summary>The texts of a list.</summary>
    internal static async Task<IReadOnlyList<string>> TextsAsync(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        return [.. (await answer.JsonAsync()).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("text").GetString()!)];
    }

    public async ValueTask DisposeAsync()
    {
        _host?.Dispose();
        await Database.DisposeAsync();
    }

    private static void Map(RouteGroupBuilder v1)
    {
        MemoEndpoints.Map(v1);
        var odd = v1.MapGroup("/odd").RequireMember();
        odd.MapPost("/given", async (GivenRequest request, MemosDb db, CancellationToken cancel) =>
        {
            var memo = new Memo { Id = Guid.CreateVersion7(), OrganizationId = request.OrganizationId, Text = "given" };
            db.Memos.Add(memo);
            await db.SaveChangesAsync(cancel);

            if (request.MoveTo is { } other)
            {
                await db.Memos.Where(m => m.Id == memo.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.OrganizationId, other), cancel);
            }

            return TypedResults.NoContent();
        });
        odd.MapPost("/fail", FailAsync);

        // Around the unit of work: what a former transaction left on the connection.
        v1.MapGet("/left", async (NpgsqlDataSource database) =>
        {
            await using var command = database.CreateCommand(
                """
                select pg_backend_pid(), coalesce(current_setting('app.user_id', true), '') || coalesce(current_setting('app.organization_id', true), ''), count(*)
                from memos.memos
                """);
            await using var row = await command.ExecuteReaderAsync();
            await row.ReadAsync();

            return TypedResults.Ok(new Left(row.GetInt32(0), row.GetString(1), row.GetInt64(2)));
        }).AllowAnonymous();
    }

    private static async Task<IResult> FailAsync(string how, Session session, MemosDb db, UnitOfWork work, NpgsqlConnection connection, HttpContext context)
    {
        Assert.True(await db.Memos.AnyAsync());
        await using var command = new NpgsqlCommand("", connection);

        switch (how)
        {
            case "throw":
                throw new InvalidOperationException("The handler failed.");
            case "refuse":
                return Results.StatusCode(StatusCodes.Status409Conflict);
            case "statement":
                command.CommandText = "select 1 / 0";
                break;
            case "wall":
                command.CommandText = "insert into memos.memos (id, organization_id, text) values (gen_random_uuid(), gen_random_uuid(), 'theirs')";
                break;
            case "act":
                await work.ActInAsync(session.OrganizationId, CancellationToken.None);
                throw new InvalidOperationException("The handler failed in another scope.");
            case "abort":
                context.Abort();
                command.CommandText = "select pg_sleep(0)";
                break;
            case "commit":
                command.CommandText = "insert into memos.once (number) values (1), (1)";
                break;
        }

        await command.ExecuteNonQueryAsync(context.RequestAborted);

        return TypedResults.NoContent();
    }
}
