using System.Net;
using System.Net.Sockets;
using System.Text;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HardenedService.Tests.Errors;

/// <summary>Answers that break off in the middle, and clients that do.</summary>
public sealed class BrokenOffTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Begun = "begun";

    private readonly LogRecorder _log = new();
    private readonly TaskCompletionSource _arrived = new();
    private TestDatabase? _database;
    private ApiHost? _api;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.CreateDatabaseAsync();
        _api = ApiHost.Start(
            _database.AppConnectionString,
            configure: host =>
            {
                TestEndpoints.Beside(Map)(host);
                host.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(_log));
            });
    }

    [Theory]
    [Wall("G3")]
    [InlineData("/written")]
    [InlineData("/streamed")]
    public async Task An_answer_that_fails_after_it_began_is_cut_off(string path)
    {
        using var client = await ConnectAsync();
        await SendAsync(client, $"GET {path} HTTP/1.1\r\nHost: service.example\r\nConnection: close\r\n\r\n");
        var answer = await ReadToEndAsync(client);

        Assert.StartsWith("HTTP/1.1 200", answer);
        Assert.Contains(Begun, answer);
        Assert.DoesNotContain("\r\n0\r\n", answer);
        Assert.DoesNotContain("problem", answer);
        await Eventually.HoldsAsync(() => _log.Records.Any(record => record.Exception is InvalidDataException), "the failure in the log");
    }

    [Theory]
    [Wall("G1")]
    [InlineData("/waiting")]
    [InlineData("/querying")]
    [InlineData("/wrapping")]
    public async Task A_client_that_leaves_is_no_error_of_ours(string path)
    {
        using (var client = await ConnectAsync())
        {
            await SendAsync(client, $"GET {path} HTTP/1.1\r\nHost: service.example\r\nConnection: close\r\n\r\n");
            await _arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }

        await AssertNotBlamedAsync(path);
    }

    [Fact]
    [Wall("G1")]
    public async Task A_client_that_leaves_in_the_middle_of_its_body_is_no_error_of_ours()
    {
        using (var client = await ConnectAsync())
        {
            await SendAsync(
                client,
                "POST /reading HTTP/1.1\r\nHost: service.example\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{");
            await _arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
            client.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        await AssertNotBlamedAsync("/reading");
    }

    public async ValueTask DisposeAsync()
    {
        _api?.Dispose();
        await _database!.DisposeAsync();
    }

    private static async Task SendAsync(TcpClient client, string request) => await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));

    private static async Task<string> ReadToEndAsync(TcpClient client)
    {
        var answer = new MemoryStream();

        try
        {
            await client.GetStream().CopyToAsync(answer).WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (IOException)
        {
            // A reset is a cut as well.
        }

        return Encoding.ASCII.GetString(answer.ToArray());
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _api!.Public.BaseAddress!.Port);

        return client;
    }

    private void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/written", async (HttpResponse response) =>
        {
            await response.WriteAsync(Begun);
            await response.Body.FlushAsync();
            throw new InvalidDataException();
        });
        routes.MapGet("/streamed", StreamAsync);
        routes.MapGet("/waiting", async context => await ArriveAsync(cancel => Task.Delay(Timeout.Infinite, cancel), context));
        routes.MapGet("/querying", async (NpgsqlDataSource database, HttpContext context) => await ArriveAsync(
            async cancel =>
            {
                await using var command = database.CreateCommand("select pg_sleep(60)");
                await command.ExecuteNonQueryAsync(cancel);
            },
            context));
        routes.MapGet("/wrapping", async context =>
        {
            try
            {
                await ArriveAsync(cancel => Task.Delay(Timeout.Infinite, cancel), context);
            }
            catch (OperationCanceledException exception)
            {
                throw new InvalidOperationException("as some libraries do", exception);
            }
        });
        routes.MapPost("/reading", async context => await ArriveAsync(_ => context.Request.Body.CopyToAsync(Stream.Null, CancellationToken.None), context));
    }

    private static async IAsyncEnumerable<string> StreamAsync(HttpContext context)
    {
        yield return Begun + new string('x', 100_000);
        await Eventually.HoldsAsync(() => context.Response.HasStarted, "the answer to begin");
        throw new InvalidDataException();
    }

    private Task ArriveAsync(Func<CancellationToken, Task> work, HttpContext context)
    {
        _arrived.SetResult();

        return work(context.RequestAborted);
    }

    private async Task AssertNotBlamedAsync(string path)
    {
        await Eventually.HoldsAsync(
            () => _log.Records.Any(record => record.Message.Contains($" {path} was answered ", StringComparison.Ordinal)),
            "the end of the request");
        Assert.DoesNotContain(_log.Records, record => record.Exception is not null && record.Level >= LogLevel.Warning);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _api!.Public.GetAsync("/v1/account")).StatusCode);
    }
}
