using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Compat;

/// <summary>A Seq that answers as it is told to; by itself it takes everything.</summary>
internal sealed class SeqServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<Request> _requests = Channel.CreateUnbounded<Request>();

    private SeqServer(WebApplication app) => _app = app;

    /// <summary>Answers a request, after it was noted.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = Accept;

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<SeqServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new SeqServer(app);
        app.Run(server.HandleAsync);
        await app.StartAsync();
        return server;
    }

    public static Task Accept(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        return context.Response.WriteAsync("""{"MinimumLevelAccepted":null}""");
    }

    /// <summary>The next request, as soon as it is there.</summary>
    public async Task<Request> NextAsync() =>
        await _requests.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

    /// <summary>All requests that nobody has looked at yet.</summary>
    public IReadOnlyList<Request> Unread()
    {
        var unread = new List<Request>();
        while (_requests.Reader.TryRead(out var request))
        {
            unread.Add(request);
        }

        return unread;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body);
        var lines = (await body.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await _requests.Writer.WriteAsync(new Request(
            $"{context.Request.Method} {context.Request.Path}",
            context.Request.ContentType,
            context.Request.Headers["X-Seq-ApiKey"],
            [.. lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line))]));
        await Answer(context);
    }

    internal sealed record Request(string Line, string? ContentType, string? ApiKey, IReadOnlyList<JsonElement> Events)
    {
        public IEnumerable<string?> Templates => Events.Select(logEvent => logEvent.GetProperty("@mt").GetString());
    }
}
