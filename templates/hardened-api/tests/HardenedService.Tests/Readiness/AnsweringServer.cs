using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Readiness;

/// <summary>A server that answers everything the same, and keeps what it was sent.</summary>
internal sealed class AnsweringServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private AnsweringServer(int status, string text, string location)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(new ActivitySource(nameof(AnsweringServer)));
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            Received.Enqueue((context.Request.Path, await body.ReadToEndAsync()));
            context.Response.StatusCode = status;

            if (location.Length > 0)
            {
                context.Response.Headers.Location = location;
            }

            await context.Response.WriteAsync(text);
        });
    }

    public Uri Address => new(_app.Urls.First());

    public ConcurrentQueue<(string Path, string Body)> Received { get; } = [];

    public static async Task<AnsweringServer> StartAsync(int status, string text, string location = "")
    {
        var server = new AnsweringServer(status, text, location);
        await server._app.StartAsync();

        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
