using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HardenedService.Api.Identity;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HardenedService.Tests.Errors;

/// <summary>The API with a failure of every kind in it, below /faulty.</summary>
public sealed class FaultyApi(PostgresServer postgres) : IAsyncLifetime
{
    private const string Canary = "canary-of-the-inside";

    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);
    private TestDatabase? _database;

    internal LogRecorder Log { get; } = new();

    public ApiHost Host { get; private set; } = null!;

    /// <summary>The session of someone who may do nothing below /faulty.</summary>
    public string Session { get; private set; } = "";

    /// <summary>What no answer may hold.</summary>
    internal IEnumerable<string> Secrets
    {
        get
        {
            var connection = new NpgsqlConnectionStringBuilder(_database!.AppConnectionString);

            return [Canary, connection.Password!, connection.Username!, $"{connection.Port}", connection.Database!];
        }
    }

    public async ValueTask InitializeAsync()
    {
        _silent.Start();
        _database = await postgres.CreateDatabaseAsync();
        Host = ApiHost.Start(_database.AppConnectionString, settings: ApiHost.DefaultTimeouts, configure: host =>
        {
            TestEndpoints.Beside(Map)(host);
            host.ConfigureTestServices(services =>
            {
                services.AddSingleton<ILoggerProvider>(Log);
                services.AddSingleton<IStartupFilter, FaultyMiddleware>();
                services.AddSingleton(new ConstraintProblem("planted_title_key", Problems.Conflict, "The title is taken.", null));
                services.AddSingleton(new ConstraintProblem("planted_title_check", Problems.ValidationFailed, "A title has at most 200 characters.", "title"));
                services.AddSingleton(new ConstraintProblem("accounts_normalized_email_key", Problems.Conflict, "The address is taken.", null));
            });
        });
        (_, Session) = await Host.NewPersonAsync(_database);
    }

    public async ValueTask DisposeAsync()
    {
        Host.Dispose();
        _silent.Dispose();
        await _database!.DisposeAsync();
    }

    private void Map(IEndpointRouteBuilder routes)
    {
        var faulty = routes.MapGroup("/faulty");

        faulty.MapGet("/forbidden", () => "").RequireAuthorization(policy => policy.RequireAssertion(_ => false));
        faulty.MapGet("/limited", () => Problems.RateLimited.Result());
        faulty.MapPost("/small", (SignInRequest _) => "").WithMetadata(new RequestSizeLimitAttribute(10));
        faulty.MapGet("/slow-client", Throw(new BadHttpRequestException(Canary, StatusCodes.Status408RequestTimeout)));
        faulty.MapGet("/handler", Throw(new InvalidOperationException(Canary)));
        faulty.MapGet("/serializer", () => new Unspeakable());
        faulty.MapGet("/stale", Throw(new DbUpdateConcurrencyException(Canary)));
        faulty.MapGet("/upstream", async () => await Client().GetStringAsync(new Uri("http://127.0.0.1:1")));
        faulty.MapGet("/upstream-hangs", async () => await Client().GetStringAsync(new Uri($"http://{_silent.LocalEndpoint}")));

        faulty.MapGet("/down", async () => await OpenAsync("Host=127.0.0.1;Port=1;Password=" + Canary));
        faulty.MapGet("/terminated", (NpgsqlConnection connection) => RunAsync(connection, "select pg_terminate_backend(pg_backend_pid())"));
        faulty.MapGet("/slow", (NpgsqlConnection connection) => RunAsync(connection, "select pg_sleep(60)"));
        faulty.MapGet("/slow-query", (IdentityDb db, UnitOfWork work, CancellationToken cancel) =>
            work.ReadAsync(() => db.Database.ExecuteSqlAsync($"select pg_sleep(60)", cancel), cancel));
        faulty.MapGet("/exhausted", ExhaustAsync);
        faulty.MapGet("/duplicate", DuplicateAsync);
        faulty.MapGet("/sqlstate/{code}/{constraint}", (string code, string constraint, NpgsqlConnection connection) => RunAsync(
            connection,
            string.Create(CultureInfo.InvariantCulture, $"do $$ begin raise exception '{Canary}' using errcode = '{code}', constraint = '{constraint}'; end $$")));
    }

    private static Func<string> Throw(Exception exception) => () => throw exception;

    private static HttpClient Client() => new() { Timeout = TimeSpan.FromMilliseconds(100) };

    private static async Task OpenAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task ExhaustAsync(NpgsqlDataSource database)
    {
        var connections = new Stack<NpgsqlConnection>();

        try
        {
            while (true)
            {
                connections.Push(await database.OpenConnectionAsync());
            }
        }
        finally
        {
            while (connections.TryPop(out var connection))
            {
                await connection.DisposeAsync();
            }
        }
    }

    private static async Task DuplicateAsync(IdentityDb db, UnitOfWork work, CancellationToken cancel)
    {
        await using var transaction = await work.BeginAsync(cancel);
        db.AddRange(New(), New());
        await db.SaveChangesAsync(cancel);

        static Account New() => new() { Id = Guid.NewGuid(), Email = "a@b.example", NormalizedEmail = Canary, PasswordHash = "", SecurityStamp = "" };
    }

    private sealed class Unspeakable
    {
        public string First { get; } = new('x', 10_000);

        public string Second => First.Length > 0 ? throw new InvalidOperationException(Canary) : First;
    }

    private sealed class FaultyMiddleware : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.Use((context, following) =>
                context.Request.Path == "/faulty/middleware" ? throw new InvalidOperationException(Canary) : following(context));
        };
    }
}
