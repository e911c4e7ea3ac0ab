using System.Diagnostics;
using System.Globalization;

namespace HardenedService.Ci;

/// <summary>Runs steps, one after the other, and tells of each how it went.</summary>
/// <param name="workshop">Where they work.</param>
/// <param name="isStrict">Whether what could not be run counts as failed.</param>
/// <param name="output">Is told.</param>
internal sealed class CiRun(Workshop workshop, bool isStrict, TextWriter output)
{
    private const string Passed = "passed";
    private const string Failed = "failed";
    private const string NotRun = "not run";

    /// <summary>Runs them all, whatever becomes of one, but for those that need it.</summary>
    /// <returns>Whether all is well.</returns>
    public async Task<bool> RunAsync(IReadOnlyList<Step> steps)
    {
        var results = new List<Result>();

        foreach (var step in steps)
        {
            await output.WriteLineAsync($"== {step.Name}: {step.Description}");
            results.Add(await RunAsync(step, results));
            await output.WriteLineAsync($"{results[^1]}{Environment.NewLine}");
        }

        if (results.Count > 1)
        {
            await output.WriteLineAsync(string.Join(Environment.NewLine, results));
        }

        var bad = Names(result => result.Outcome == Failed || (isStrict && result.Outcome == NotRun));
        var missing = Names(result => result.Outcome == NotRun);
        await output.WriteLineAsync(
            bad.Length > 0 ? $"Not well: {bad}."
            : missing.Length > 0 ? $"All is well, as far as it was run: not {missing}."
            : "All is well.");

        return bad.Length == 0;

        string Names(Func<Result, bool> which) => string.Join(", ", results.Where(which).Select(result => result.Step));
    }

    private async Task<Result> RunAsync(Step step, List<Result> before)
    {
        if (before.Find(result => result.Step == step.Needs) is { Outcome: not Passed } needed)
        {
            return new(step.Name, NotRun, TimeSpan.Zero, $"{needed.Step} did not pass");
        }

        var watch = Stopwatch.StartNew();

        try
        {
            await step.RunAsync(workshop);
            return new(step.Name, Passed, watch.Elapsed, "");
        }
        catch (StepException exception)
        {
            return new(step.Name, Failed, watch.Elapsed, exception.Message);
        }
        catch (NotRunException exception)
        {
            return new(step.Name, NotRun, watch.Elapsed, exception.Message);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Nobody thought of it. The others are run all the same.
            return new(step.Name, Failed, watch.Elapsed, $"{exception.GetType().Name}: {exception.Message}");
        }
    }

    private sealed record Result(string Step, string Outcome, TimeSpan Time, string Why)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Step,-9} {Outcome,-7} {Time.TotalSeconds,6:0.0} s  {Why}").TrimEnd();
    }
}
