using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json.Nodes;
using HardenedService.Platform;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using HardenedService.Tests.Contract;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

/// <summary>The API with endpoints through which one tenant meets another, one way each, and some that keep them apart; and what the matrix says of them.</summary>
public sealed class PlantedLeaks(PostgresServer postgres) : IAsyncLifetime
{
    private const string Password = "open sesame";

    // Of a table whose migration forgot the wall.
    private const string Open =
        """
        create schema leaks;
        create table leaks.leaks (
          id uuid primary key,
          organization_id uuid not null,
          text text not null
        );
        grant usage on schema leaks to hardened_service_app;
        grant select, insert, update, delete on leaks.leaks to hardened_service_app;
        """;

    private static readonly string[] Rows =
    [
        "insert into leaks.leaks (id, organization_id, text) select gen_random_uuid(), $2, 'The leak of ' || md5($1::text)",
        "insert into memos.memos (id, organization_id, text) select gen_random_uuid(), $2, 'The memo of ' || md5($1::text)",
    ];

    private IReadOnlyList<string> _violations = [];

    /// <summary>What the matrix says of the memos with their wall torn down, and beside a table that it has no row of.</summary>
    internal IReadOnlyList<string> Unguarded { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        await Memo.MigrateAsync(database.OwnerConnectionString);
        await Sql.RunAsync(database.OwnerConnectionString, Open);
        await using var superuser = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.AdminConnectionString) { Pooling = false });
        using var host = ApiHost.Start(database.AppConnectionString, configure: host =>
        {
            host.ConfigureTestServices(MemosDb.Add);
            TestEndpoints.Beside(endpoints => Map(endpoints, superuser))(host);
        });
        _violations = await RunAsync(host, database, "/v1/memos", "/v1/leaks");

        await Sql.RunAsync(database.AdminConnectionString, "alter table memos.memos disable row level security; create table memos.pages (memo_id uuid not null)");
        Unguarded = await RunAsync(host, database, "/v1/memos");
    }

    /// <summary>What the matrix says of an operation.</summary>
    internal IReadOnlyList<string> Of(string operationId) => [.. _violations.Where(violation => violation.Contains($"({operationId})", StringComparison.Ordinal))];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<IReadOnlyList<string>> RunAsync(ApiHost host, TestDatabase database, params string[] paths)
    {
        var document = new ContractDocument(await (await host.Management.GetAsync("/openapi/v1.json")).JsonAsync());
        ContractSeed[] seeds = [new("honestPassword", new JsonObject { ["id"] = $"{Guid.Empty}", ["password"] = Password })];
        var report = await new CrossTenantMatrix(host, database, document, seeds, Rows)
            .RunAsync(operation => Array.Exists(paths, path => operation.Path.StartsWith(path, StringComparison.Ordinal)));

        return report.Violations;
    }

    private static void Map(IEndpointRouteBuilder endpoints, NpgsqlDataSource superuser)
    {
        MemoEndpoints.Map(endpoints.MapApi("/v1"));
        var leaks = endpoints.MapApi("/v1/leaks").RequireMember().WithTags("Leaks").Answers(Problems.NotFound);
        new Leaks("open", "leaks.leaks", Superuser: null).Map(leaks);
        new Leaks("superuser", "memos.memos", superuser).Map(leaks);
        MapOthers(leaks, new Leaks("others", "leaks.leaks", Superuser: null));

        endpoints.MapApi("/v1/leaks/administrator").RequireAdministrator().WithTags("Leaks")
            .MapGet("/{id:guid}", (Guid id) => TypedResults.Ok(new Found($"{id}"))).WithName("honestAdministrator");
    }

    private static void MapOthers(RouteGroupBuilder leaks, Leaks table)
    {
        // Tells that there is such a thing, and no more.
        leaks.MapGet("/oracle/{id:guid}", async (Guid id, NpgsqlConnection connection) =>
            await table.RunAsync(connection, "select text from {0} where id = $1", id) is null ? Problems.NotFound.Result() : Problems.Forbidden.Result()).WithName("oracle");
        leaks.MapGet("/detail/{id:guid}", async (Guid id, NpgsqlConnection connection) =>
            Problems.NotFound.Result(await table.RunAsync(connection, "select text from {0} where id = $1", id) is null ? null : "It is not yours.")).WithName("detail");

        leaks.MapPut("/two/{id:guid}", async (Guid id, Target request, NpgsqlConnection connection) => Leaks.Answer(
            await table.RunAsync(connection, "update {0} set text = 'given' where id = $1 and organization_id = $2 returning text", id, request.Place.Id))).WithName("two");
        leaks.MapPost("/wipe", async (NpgsqlConnection connection) =>
        {
            await table.RunAsync(connection, "delete from {0}");
            return TypedResults.NoContent();
        }).WithName("wipe");

        // Answers as it should, and has done it before.
        leaks.MapPost("/quiet/{id:guid}", async (Guid id, NpgsqlConnection connection) =>
        {
            await table.RunAsync(connection, "update {0} set text = 'quiet' where id = $1", id);
            return Results.StatusCode(StatusCodes.Status204NoContent);
        }).WithName("quiet");

        leaks.MapGet("/nothing/{id:guid}", (Guid id) => Problems.NotFound.Result(id == Guid.Empty ? "none" : null)).WithName("nothing");
        leaks.MapPost("/password", HasAsync).WithName("password");
        leaks.MapPost("/honest-password", HasAsync).WithName("honestPassword");
    }

    // Only who knows the password gets as far as the id, and the password is in no schema.
    private static async Task<Results<NoContent, ProblemHttpResult>> HasAsync(Guarded request, MemosDb db, CancellationToken cancel) =>
        request.Password != Password ? Problems.Invalid("password", "This is not the password.")
        : await db.Memos.FindAsync([request.Id], cancel) is null ? Problems.NotFound.Result()
        : TypedResults.NoContent();

    public sealed record Guarded(Guid Id, [property: Required, MaxLength(100)] string Password);

    public sealed record Target([property: Required] Place Place);

    public sealed record Place(Guid Id);

    internal sealed record Found(string Text);

    internal sealed record FoundAll(IReadOnlyList<string?> Texts);

    /// <summary>Endpoints without a tenant in them, on a table and a connection by which that matters.</summary>
    private sealed record Leaks(string Name, string Table, NpgsqlDataSource? Superuser)
    {
        public void Map(RouteGroupBuilder leaks)
        {
            var group = leaks.MapGroup(Name);
            group.MapGet("/{id:guid}", async (Guid id, NpgsqlConnection connection) => Answer(await RunAsync(connection, "select text from {0} where id = $1", id))).WithName($"{Name}Read");
            group.MapGet("/", async (NpgsqlConnection connection) =>
                TypedResults.Ok(new FoundAll([await RunAsync(connection, "select string_agg(text, ' ') from {0}")]))).WithName($"{Name}List");
            group.MapGet("/filter", async (Guid ownerId, NpgsqlConnection connection) =>
                Answer(await RunAsync(connection, "select min(text) from {0} where organization_id = $1", ownerId))).WithName($"{Name}Filter");
            group.MapGet("/export", async (Session session, NpgsqlConnection connection) =>
                Results.File(Encoding.UTF8.GetBytes($"{session.UserId}: {await RunAsync(connection, "select string_agg(text, ' ') from {0}")}"), "text/plain")).WithName($"{Name}Export");
            group.MapPatch("/{id:guid}", async (Guid id, MemoRequest request, NpgsqlConnection connection) =>
                Answer(await RunAsync(connection, "update {0} set text = $2 where id = $1 returning text", id, request.Text))).WithName($"{Name}Patch");
            group.MapDelete("/{id:guid}", async (Guid id, NpgsqlConnection connection) =>
                Answer(await RunAsync(connection, "delete from {0} where id = $1 returning text", id))).WithName($"{Name}Delete");
            group.MapPost("/", async (Target request, NpgsqlConnection connection) =>
                Answer(await RunAsync(connection, "update {0} set text = 'seen' where id = $1 returning text", request.Place.Id))).WithName($"{Name}Body");
        }

        public async Task<string?> RunAsync(NpgsqlConnection connection, string sql, params object[] values)
        {
            await using var other = Superuser is null ? null : await Superuser.OpenConnectionAsync();
            await using var command = new NpgsqlCommand(sql.Replace("{0}", Table, StringComparison.Ordinal), other ?? connection);
            Array.ForEach(values, value => command.Parameters.Add(new() { Value = value }));

            return await command.ExecuteScalarAsync() as string;
        }

        public static Results<Ok<Found>, ProblemHttpResult> Answer(string? text) => text is null ? Problems.NotFound.Result() : TypedResults.Ok(new Found(text));
    }
}
