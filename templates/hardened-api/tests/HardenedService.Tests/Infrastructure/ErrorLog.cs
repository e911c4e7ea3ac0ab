using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Keeps what a host logs as an error, and counts its requests.</summary>
internal sealed class ErrorLog : ILoggerProvider, ILogger, IStartupFilter
{
    private int _begun;
    private int _ended;

    public ConcurrentQueue<string> Errors { get; } = [];

    public int RequestsBegun => _begun;

    public int RequestsEnded => _ended;

    public void Attach(IWebHostBuilder host) =>
        host.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(this).AddSingleton<IStartupFilter>(this));

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, rest) =>
        {
            Interlocked.Increment(ref _begun);
            context.Response.OnCompleted(() => Task.FromResult(Interlocked.Increment(ref _ended)));
            await rest(context);
        });
        next(app);
    };

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull =>
        null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // The database of these hosts is out of reach, and their background work says so.
        if (logLevel >= LogLevel.Error && exception?.GetBaseException() is not System.Net.Sockets.SocketException)
        {
            Errors.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }

    public void Dispose()
    {
        // The host disposes its providers; there is nothing to let go of.
    }
}
