using System.Net.Http.Headers;
using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Outbound;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HardenedService.Tests.Telemetry;

/// <summary>
/// The API with a collector, another system that it calls, and endpoints that fail. It trusts its callers' traces, by which a test finds its
/// own again: all hosts of this process are seen by every exporter in it.
/// </summary>
public sealed class TraceScene(PostgresServer postgres) : IAsyncLifetime
{
    internal ApiFixture Api { get; } = new(postgres);

    internal OtlpReceiver Receiver { get; private set; } = null!;

    internal FaultyServer Other { get; } = FaultyServer.Start();

    internal LogRecorder Log { get; } = new();

    /// <summary>Believes what requests say of their trace, and exports: what both hosts do, for its listeners hear the whole process.</summary>
    public ApiHost Trusting { get; private set; } = null!;

    /// <summary>As it is by default.</summary>
    public ApiHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Api.InitializeAsync();
        Receiver = await OtlpReceiver.StartAsync();
        Host = Start([]);
        Trusting = Start([.. Receiver.Settings, KeyValuePair.Create("Telemetry:TrustTraceContext", "true")]);
    }

    /// <summary>Sends a request that belongs to a trace of its own.</summary>
    public async Task<(string TraceId, HttpResponseMessage Answer)> SendAsync(HttpMethod method, string path, string? bearer = null, HttpContent? content = null)
    {
        var trace = $"{Guid.NewGuid():N}";
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        request.Headers.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);

        return (trace, await Trusting.Public.SendAsync(request));
    }

    /// <summary>All spans of a trace, once that of the request itself has come, which ends last.</summary>
    internal async Task<(OtlpSpan Server, IReadOnlyList<OtlpSpan> Others)> TraceAsync(string traceId)
    {
        var server = await Receiver.SpanAsync(Trusting, $"the server span of {traceId}", span => span.TraceId == traceId && span.Kind == OtlpSpanKind.Server);

        return (server, [.. Receiver.Spans.Where(span => span.TraceId == traceId && span.SpanId != server.SpanId)]);
    }

    public async ValueTask DisposeAsync()
    {
        Host?.Dispose();
        Trusting?.Dispose();
        await Api.DisposeAsync();
        await Other.DisposeAsync();
        await (Receiver?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private ApiHost Start(IEnumerable<KeyValuePair<string, string>> settings) => Api.StartAnother(
        new Dictionary<string, string>(settings)
        {
            ["Outbound:Planted:BaseAddress"] = $"{Other.Address}canary-of-the-base/",
            ["Outbound:Planted:Retries"] = "0",
        },
        web =>
        {
            web.ConfigureTestServices(services =>
            {
                services.AddOutboundClient<PlantedClient>("Planted");
                services.AddSingleton<ILoggerProvider>(Log);
            });
            TestEndpoints.Beside(routes =>
            {
                routes.MapGet("/calls", CallAsync).AllowAnonymous();
                routes.MapGet("/fails", IResult () => throw new InvalidOperationException("canary of an exception")).AllowAnonymous();
                routes.MapGet("/statement", StatementAsync).AllowAnonymous();
            })(web);
        });

    private static async Task CallAsync(PlantedClient client, CancellationToken cancel)
    {
        using var response = await client.Http.GetAsync(new Uri("things/canary-of-the-path?key=canary-of-the-query", UriKind.Relative), cancel);
    }

    private static async Task StatementAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        // The server's message quotes the value.
        await using var command = database.CreateCommand("select ($1::text)::integer");
        command.Parameters.Add(new() { Value = "canary of a value" });
        await command.ExecuteScalarAsync(cancel);
    }
}
