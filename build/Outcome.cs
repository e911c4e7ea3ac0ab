using HardenedService.Dev;
using Spectre.Console;

namespace HardenedStarter.Build;

/// <summary>How a verb ends: 0, or 1 and why, or 130 when it was stopped.</summary>
internal static class Outcome
{
    private const int Failed = 1;
    private const int Stopped = 130;

    /// <summary>Runs a verb until it is done, or until we are told to stop or our parent is gone.</summary>
    public static async Task<int> OfAsync(Func<CancellationToken, Task> verb)
    {
        using var stop = new StopRequest();
        try
        {
            await verb(stop.Token);
            return 0;
        }
        catch (BuildException exception)
        {
            if (exception.Tail is not null)
            {
                Terminal.Errors.WriteLine(exception.Tail);
                Terminal.Errors.WriteLine();
            }

            Terminal.Errors.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return Failed;
        }
        catch (OperationCanceledException)
        {
            Terminal.Errors.WriteLine("Stopped.");
            return Stopped;
        }
        catch (Exception exception)
        {
            // Nothing that we foresaw: with its trace, for whoever mends it.
            Terminal.Errors.WriteLine(exception.ToString());
            Terminal.Errors.MarkupLineInterpolated($"[red]Something unforeseen went wrong: {exception.Message}[/]");
            return Failed;
        }
    }
}
