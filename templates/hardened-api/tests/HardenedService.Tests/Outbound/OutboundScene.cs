using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Outbound;

/// <summary>A client of the kind that a feature has.</summary>
internal sealed class PlantedClient(HttpClient http)
{
    public HttpClient Http => http;
}

/// <summary>An outbound client, the system that it calls, and a clock. Repetitions follow at once, and the breaker stays out of it, unless told otherwise.</summary>
internal sealed class OutboundScene : IAsyncDisposable
{
    public const string Name = "Planted";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly WebApplication _app;

    public OutboundScene(params (string Key, string Value)[] settings)
    {
        var builder = ApiHost.Prepare(
            "Development",
            [
                ($"Outbound:{Name}:BaseAddress", $"{Server.Address}"),
                ($"Outbound:{Name}:FirstRetry", "00:00:00"),
                ($"Outbound:{Name}:BreakerMinimumAttempts", "100000"),
                .. settings.Select(setting => ($"Outbound:{Name}:{setting.Key}", (string?)setting.Value)),
            ]);
        builder.Services.AddSingleton<TimeProvider>(Clock).AddSingleton<ILoggerProvider>(Log);
        builder.AddOutboundClient<PlantedClient>(Name);
        _app = builder.Build();
        Metrics = new MetricRecorder(_app.Services);
    }

    public FaultyServer Server { get; } = FaultyServer.Start();

    public MovableClock Clock { get; } = new();

    public LogRecorder Log { get; } = new();

    public MetricRecorder Metrics { get; }

    public HttpClient Http => _app.Services.GetRequiredService<PlantedClient>().Http;

    public OutboundPipeline Pipeline => _app.Services.GetRequiredKeyedService<OutboundPipeline>(Name);

    public int Attempts => Server.Requests.Count;

    /// <summary>Calls it; gives back how that failed.</summary>
    public Task<UpstreamException> FailAsync(HttpRequestMessage? request = null) =>
        Assert.ThrowsAsync<UpstreamException>(() => SendAsync(request ?? Get()));

    /// <summary>Calls it; gives back how that failed, or null.</summary>
    public async Task<UpstreamException?> TryAsync()
    {
        try
        {
            using var response = await SendAsync(Get());

            return null;
        }
        catch (UpstreamException exception)
        {
            return exception;
        }
    }

    /// <summary>Calls it. One that never ends fails the test.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) =>
        Http.SendAsync(request, TestContext.Current.CancellationToken).WaitAsync(Patience);

    public static HttpRequestMessage Get(string path = "things") => new(HttpMethod.Get, new Uri(path, UriKind.Relative));

    public static HttpRequestMessage Post() =>
        new(HttpMethod.Post, new Uri("things", UriKind.Relative)) { Content = new StringContent("a thing") };

    /// <summary>Returns once the other system has got so many requests.</summary>
    public Task ReceivedAsync(int count) => Eventually.HoldsAsync(() => Attempts >= count, $"{count} requests");

    public async ValueTask DisposeAsync()
    {
        Metrics.Dispose();
        await _app.DisposeAsync();
        await Server.DisposeAsync();
    }
}
