using System.Globalization;
using HardenedService.Api.Identity;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Idempotency;
using HardenedService.Platform.Preconditions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HardenedService.Tests.Infrastructure;

public sealed record NoteRequest(string Text, IDictionary<string, int>? Labels = null, string? Color = null);

public sealed record NoteAnswer(Guid Id, string Text, long Version);

/// <summary>A feature as small as can be: what the platform promises to every feature is tried on it.</summary>
internal static class NoteEndpoints
{
    /// <summary>Made by the superuser: the service's own migrations know nothing of it.</summary>
    public const string Schema = """
        create schema notes;
        create table notes.notes (
          id uuid primary key,
          text text not null,
          version bigint not null default 1 constraint notes_version_check check (version > 0)
        );
        grant usage on schema notes to hardened_service_app;
        grant select, insert, update, delete on notes.notes to hardened_service_app;
        """;

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapPost("/plain-notes", AddAsync);
        v1.MapPost("/notes", AddAsync).RequireIdempotencyKey();
        v1.MapPut("/notes", AddAsync).RequireIdempotencyKey();
        v1.MapPost("/other-notes", AddAsync).RequireIdempotencyKey();
        v1.MapPost("/notes/form", AddFormAsync).RequireIdempotencyKey().DisableAntiforgery();
        v1.MapPost("/notes/bare", AddBareAsync).RequireIdempotencyKey();
        v1.MapPost("/notes/value", AddValueAsync).RequireIdempotencyKey();
        v1.MapPost("/notes/validated", (RegisterRequest request, HttpContext context, NpgsqlConnection connection) =>
            AddAsync(new NoteRequest(request.Email), context, connection)).RequireIdempotencyKey();
        v1.MapPost("/notes/long", LongAsync).RequireIdempotencyKey();
        v1.MapPost("/notes/{id:guid}/copies", (Guid id, HttpContext context, NpgsqlConnection connection) =>
            AddAsync(new NoteRequest($"{id}"), context, connection)).RequireIdempotencyKey();
        v1.MapPost("/notes/pages/{number:int}", (int number, string text, HttpContext context, NpgsqlConnection connection) =>
            AddAsync(new NoteRequest($"{number}:{text}"), context, connection)).RequireIdempotencyKey();
        v1.MapPost("/notes/named-{name}", (string name, HttpContext context, NpgsqlConnection connection) =>
            AddAsync(new NoteRequest(name), context, connection)).RequireIdempotencyKey();
        v1.MapGet("/notes/{id:guid}", GetAsync);
        v1.MapPatch("/notes/{id:guid}", RenameAsync).RequireIfMatch();
        v1.MapPatch("/keyed-notes/{id:guid}", RenameAsync).RequireIfMatch().RequireIdempotencyKey();
    }

    /// <summary>Writes a note, and then does what the header Outcome says. Headers are no part of the payload.</summary>
    private static async Task<IResult> AddAsync(NoteRequest request, HttpContext context, NpgsqlConnection connection)
    {
        var id = Guid.CreateVersion7();
        await InsertAsync(connection, id, request.Text);
        context.Response.Cookies.Append("canary", "secret");

        switch (context.Request.Headers["Outcome"].ToString())
        {
            case "conflict":
                context.Response.Headers.RetryAfter = "7";
                return Problems.Conflict.Result($"Not now: {id}");
            case "bare":
                return TypedResults.NotFound();
            case "violation":
                await Assert.ThrowsAsync<PostgresException>(() => InsertAsync(connection, id, request.Text));
                return Problems.Conflict.Result();
            case "violate":
                await InsertAsync(connection, id, request.Text);
                break;
            case "violate-unmapped":
                await ExecuteAsync(connection, "insert into notes.notes (id, text, version) values (gen_random_uuid(), 'x', -1)");
                break;
            case "race":
                throw new InvalidOperationException("As some libraries do.", new DbUpdateConcurrencyException());
            case "unreadable":
                throw new InvalidOperationException("As some libraries do.", new BadHttpRequestException("The body broke off."));
            case "unavailable":
                return Problems.Unavailable.Result();
            case "throw":
                throw new InvalidOperationException("The handler failed.");
            case "large":
                return TypedResults.Ok(new string('a', 100_000));
            case "slow":
                await ExecuteAsync(connection, "select pg_sleep(0.2)");
                break;
            case "hang":
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
        }

        ETag.Set(context.Response, 1);

        return TypedResults.Created($"/v1/notes/{id}", new NoteAnswer(id, request.Text, 1));
    }

    private static Task<IResult> AddFormAsync([FromForm] string text, IFormFile file, HttpContext context, NpgsqlConnection connection) =>
        AddAsync(new NoteRequest($"{text}:{file.Length.ToString(CultureInfo.InvariantCulture)}"), context, connection);

    private static Task<IResult> AddBareAsync(string text, HttpContext context, NpgsqlConnection connection) =>
        AddAsync(new NoteRequest(text), context, connection);

    /// <summary>Answers with a value and a status of its own, and with no result that tells.</summary>
    private static async Task<NoteAnswer> AddValueAsync(int status, string text, HttpResponse response, NpgsqlConnection connection)
    {
        var id = Guid.CreateVersion7();
        await InsertAsync(connection, id, text);
        response.StatusCode = status;

        return new NoteAnswer(id, text, 1);
    }

    /// <summary>A long answer, of which somebody may ask for the end.</summary>
    private static async IAsyncEnumerable<string> LongAsync(string text, NpgsqlDataSource database)
    {
        for (var i = 0; i < 1000; i++)
        {
            yield return new string('a', 1000);
        }

        await using var connection = await database.OpenConnectionAsync();
        await InsertAsync(connection, Guid.CreateVersion7(), text);
    }

    private static async Task<IResult> GetAsync(Guid id, HttpResponse response, NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select text, version from notes.notes where id = $1", connection) { Parameters = { new() { Value = id } } };
        await using var row = await command.ExecuteReaderAsync();

        if (!await row.ReadAsync())
        {
            return Problems.NotFound.Result();
        }

        ETag.Set(response, row.GetInt64(1));

        return TypedResults.Ok(new NoteAnswer(id, row.GetString(0), row.GetInt64(1)));
    }

    private static async Task<IResult> RenameAsync(
        Guid id, NoteRequest request, IfMatch expected, HttpContext context, NpgsqlConnection connection)
    {
        if (context.Request.Headers.ContainsKey("Outcome"))
        {
            throw new DbUpdateConcurrencyException();
        }

        await using var command = new NpgsqlCommand(
            "update notes.notes set text = $3, version = version + 1 where id = $1 and version = any ($2) returning version", connection);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = expected.Versions.ToArray() });
        command.Parameters.Add(new() { Value = request.Text });

        if (await command.ExecuteScalarAsync() is not long version)
        {
            return Problems.PreconditionFailed.Result();
        }

        ETag.Set(context.Response, version);

        return TypedResults.Ok(new NoteAnswer(id, request.Text, version));
    }

    private static async Task InsertAsync(NpgsqlConnection connection, Guid id, string text)
    {
        await using var command = new NpgsqlCommand("insert into notes.notes (id, text) values ($1, $2)", connection);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = text });
        await command.ExecuteNonQueryAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
