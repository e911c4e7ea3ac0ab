using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace HardenedStarter.Build;

/// <summary>One line a step: what is going on, and how long it took. Plain text when piped.</summary>
internal sealed class Steps(IAnsiConsole console)
{
    private readonly Stopwatch _total = Stopwatch.StartNew();

    public TimeSpan Total => _total.Elapsed;

    public Task RunAsync(string title, Func<Task> action) => RunAsync(title, async () =>
    {
        await action();
        return title;
    }, done => done);

    public async Task<T> RunAsync<T>(string title, Func<Task<T>> action, Func<T, string> done)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var result = console.Profile.Capabilities.Interactive
                ? await console.Status().StartAsync(Markup.Escape(title), _ => action())
                : await action();
            Line("green", "✓", done(result), watch.Elapsed);
            return result;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Line("red", "✗", title, watch.Elapsed);
            throw;
        }
    }

    private void Line(string color, string mark, string text, TimeSpan elapsed) =>
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture, $"[{color}]{mark}[/] {text,-50} [grey]{elapsed.TotalSeconds,6:0.0} s[/]");
}
