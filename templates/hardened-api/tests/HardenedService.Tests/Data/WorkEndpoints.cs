using System.Data;
using HardenedService.Api.Identity;
using HardenedService.Platform.Data;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Data;

/// <summary>Handlers that keep to the rules of their transaction, and such that do not.</summary>
internal static class WorkEndpoints
{
    public static void Map(RouteGroupBuilder v1)
    {
        var work = v1.MapGroup("/tasks");
        MapOutcomes(work);
        MapFaults(work);
        MapReads(work);
        MapCommits(work);
        work.MapPost("/own", OwnAsync).OpensOwnTransactions();
    }

    private static void MapOutcomes(RouteGroupBuilder work)
    {
        work.MapPost("/answer", async (int status, string text, Session session, NpgsqlConnection connection, Platform.Outbox.Outbox outbox, IdentityDb db) =>
        {
            await InsertAsync(connection, text);
            await outbox.EnqueueAsync(text, "", CancellationToken.None);
            await RenameAsync(db, session, text);

            return status == 0 ? throw new InvalidOperationException("The handler failed.") : TypedResults.StatusCode(status);
        });
    }

    private static void MapFaults(RouteGroupBuilder work)
    {
        work.MapPost("/forbid", async (string text, NpgsqlConnection connection) =>
        {
            await InsertAsync(connection, text);
            return Results.Forbid();
        });
        work.MapPost("/started", async (string text, NpgsqlConnection connection, HttpResponse response) =>
        {
            await InsertAsync(connection, text);
            await response.WriteAsync("done");
        });
        work.MapPost("/enqueue-without", async (string text, NpgsqlConnection connection, Platform.Outbox.Outbox outbox) =>
        {
            await connection.OpenAsync();
            await outbox.EnqueueAsync(text, "", CancellationToken.None);
        }).OpensOwnTransactions();
        work.MapPost("/save-without", async (string text, Session session, IdentityDb db) => await RenameAsync(db, session, text)).OpensOwnTransactions();
        work.MapPost("/update-without", (string text, IdentityDb db) =>
            db.Users.ExecuteUpdateAsync(set => set.SetProperty(account => account.SecurityStamp, text))).OpensOwnTransactions();
        work.MapPost("/delete-without", (IdentityDb db) => db.Users.ExecuteDeleteAsync()).OpensOwnTransactions();
        work.MapPost("/execute-without", (string text, IdentityDb db) =>
            db.Database.ExecuteSqlAsync($"insert into notes.notes (id, text) values (gen_random_uuid(), {text})")).OpensOwnTransactions();
        work.MapPost("/query-without", (string text, IdentityDb db) => db.Database
            .SqlQuery<string>($"insert into notes.notes (id, text) values (gen_random_uuid(), {text}) returning text").ToListAsync()).OpensOwnTransactions();
        work.MapPost("/opened-without", async (NpgsqlConnection connection, IdentityDb db) =>
        {
            await connection.OpenAsync();
            await db.Users.ExecuteDeleteAsync();
        }).OpensOwnTransactions();
        work.MapPost("/after", async (IdentityDb db, UnitOfWork unit, CancellationToken cancel) =>
        {
            await unit.ReadAsync(() => db.Users.CountAsync(cancel), cancel);
            await db.Users.ExecuteDeleteAsync(cancel);
        }).OpensOwnTransactions();
        work.MapPost("/late", async (string text, HttpContext context) =>
        {
            var connection = context.RequestServices.GetRequiredService<NpgsqlConnection>();
            await connection.OpenAsync();
            await InsertAsync(connection, text);
        });
        work.MapPost("/nested", async (string text, NpgsqlConnection connection, UnitOfWork unit) =>
        {
            await InsertAsync(connection, text);
            await using var transaction = await unit.BeginAsync(CancellationToken.None);
        });
    }

    private static void MapCommits(RouteGroupBuilder work)
    {
        work.MapPost("/seen", async (string text, NpgsqlConnection connection) =>
        {
            await InsertAsync(connection, text);
            return new SeenByOthers(text, connection);
        });
        work.MapPost("/deferred", async (string text, NpgsqlConnection connection, HttpResponse response) =>
        {
            response.Cookies.Append("canary", "secret");
            await using var command = new NpgsqlCommand("insert into notes.children values ($1, gen_random_uuid())", connection) { Parameters = { new() { Value = text } } };
            await command.ExecuteNonQueryAsync();
            return TypedResults.Created("/v1/tasks/child");
        });
        work.MapPost("/serialization", async (NpgsqlConnection connection, NpgsqlDataSource others) =>
        {
            // Two transactions each read what the other one writes. Ours is the last to commit.
            await ExecuteAsync(connection, "set transaction isolation level serializable");
            await ExecuteAsync(connection, "select count(*) from notes.parents");
            await using var other = await others.OpenConnectionAsync();
            await using var theirs = await other.BeginTransactionAsync(IsolationLevel.Serializable);
            await ExecuteAsync(other, "select count(*) from notes.parents");
            await ExecuteAsync(other, "insert into notes.parents values (gen_random_uuid())");
            await ExecuteAsync(connection, "insert into notes.parents values (gen_random_uuid())");
            await theirs.CommitAsync();
            return TypedResults.NoContent();
        });
    }

    private static void MapReads(RouteGroupBuilder work)
    {
        work.MapGet("/write", async (string text, NpgsqlConnection connection) => await InsertAsync(connection, text));
        work.MapGet("/mode", async (NpgsqlConnection connection) =>
        {
            await using var command = new NpgsqlCommand("show transaction_read_only", connection);
            return TypedResults.Ok((string?)await command.ExecuteScalarAsync());
        });
        work.MapGet("/streamed", (IdentityDb db) => db.Users.Select(account => account.Id).AsAsyncEnumerable());
        work.MapPost("/streamed", (IdentityDb db) => db.Users.Select(account => account.Id).AsAsyncEnumerable()).OpensOwnTransactions();
        work.MapGet("/reopened", ReopenedAsync);
        work.MapGet("/begun-again", BegunAgainAsync);
        work.MapGet("/idle", (UnitOfWork unit) => unit.IsOpen);
    }

    // These run while the answer is written.
    private static async IAsyncEnumerable<string> ReopenedAsync(NpgsqlConnection connection)
    {
        await connection.OpenAsync();
        await ExecuteAsync(connection, "select 1");
        yield return "read";
    }

    private static async IAsyncEnumerable<string> BegunAgainAsync(UnitOfWork unit, NpgsqlConnection connection)
    {
        await using var transaction = await unit.BeginAsync(CancellationToken.None);
        await ExecuteAsync(connection, "select 1");
        yield return "read";
    }

    private static async Task<IResult> OwnAsync(string kept, string dropped, NpgsqlConnection connection, UnitOfWork unit, CancellationToken cancel)
    {
        Assert.Equal(ConnectionState.Closed, connection.State);

        await using (var first = await unit.BeginAsync(cancel))
        {
            await InsertAsync(connection, kept);
            await first.CommitAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(first.CommitAsync);
        }

        await using (await unit.BeginAsync(cancel))
        {
            await InsertAsync(connection, dropped);
        }

        Assert.False(unit.IsOpen);
        Assert.Equal(ConnectionState.Closed, connection.State);

        return TypedResults.NoContent();
    }

    private static async Task InsertAsync(NpgsqlConnection connection, string text)
    {
        await using var command = new NpgsqlCommand("insert into notes.notes (id, text) values (gen_random_uuid(), $1)", connection) { Parameters = { new() { Value = text } } };
        await command.ExecuteNonQueryAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task RenameAsync(IdentityDb db, Session session, string stamp)
    {
        (await db.Users.SingleAsync(account => account.Id == session.UserId)).SecurityStamp = stamp;
        await db.SaveChangesAsync();
    }

    /// <summary>Looks, while it is written, at what has been committed.</summary>
    private sealed class SeenByOthers(string text, NpgsqlConnection connection) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => StatusCodes.Status200OK;

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            await using var command = httpContext.RequestServices.GetRequiredService<NpgsqlDataSource>()
                .CreateCommand("select count(*) from notes.notes where text = $1");
            command.Parameters.Add(new() { Value = text });
            await httpContext.Response.WriteAsync($"{await command.ExecuteScalarAsync()} row to others, connection {connection.State}");
        }
    }
}
