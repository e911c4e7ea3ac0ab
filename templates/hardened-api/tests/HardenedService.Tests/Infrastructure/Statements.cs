using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Infrastructure;

/// <summary>What each request of a host asks the database, in the order in which it does.</summary>
internal sealed class Statements : IStartupFilter, IDisposable
{
    private readonly ConcurrentQueue<Activity> _commands = new();
    private readonly ConcurrentQueue<ActivitySpanId> _requests = new();
    private readonly ActivityListener _listener;

    public Statements()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Npgsql" or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = Note,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Use(IWebHostBuilder web) => web.ConfigureTestServices(services => services.AddSingleton<IStartupFilter>(this));

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((_, rest) =>
        {
            _requests.Enqueue(Activity.Current!.SpanId);
            return rest();
        });
        next(app);
    };

    /// <summary>The texts of the latest request's statements, begins and commits aside.</summary>
    public IReadOnlyList<string> OfLatest() =>
        [.. _commands.Where(command => command.ParentSpanId == _requests.Last()).OrderBy(command => command.StartTimeUtc).Select(Text)];

    public void Dispose() => _listener.Dispose();

    private static string Text(Activity command) => $"{command.GetTagItem("db.query.text") ?? command.GetTagItem("db.statement")}";

    private void Note(Activity activity)
    {
        if (activity.Source.Name == "Npgsql" && Text(activity).Length > 0)
        {
            _commands.Enqueue(activity);
        }
    }
}
