using System.Diagnostics;

namespace HardenedService.Operations.Readiness;

/// <summary>Runs checks one after the other, so that none disturbs what another looks at.</summary>
/// <param name="context">What they look at.</param>
/// <param name="progress">Is told of each.</param>
/// <param name="longest">How long a check may take.</param>
internal sealed class ReadinessRun(ReadinessContext context, TextWriter progress, TimeSpan longest)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    public ReadinessRun(ReadinessContext context, TextWriter progress)
        : this(context, progress, Longest)
    {
    }

    public async Task<IReadOnlyList<(Concern Concern, Finding Finding)>> RunAsync(IReadOnlyList<IReadinessCheck> checks, CancellationToken cancel)
    {
        List<(Concern, Finding)> found = [];

        foreach (var check in checks)
        {
            var watch = Stopwatch.StartNew();
            var finding = await RunAsync(check, cancel);
            found.Add((check.Concern, finding));
            await progress.WriteLineAsync(FormattableString.Invariant($"{found.Count,2} of {checks.Count}  {check.Concern.Id}: {StatusWords.Of(finding.Status)} ({watch.Elapsed.TotalSeconds:0.0} s)"));
        }

        return found;
    }

    private async Task<Finding> RunAsync(IReadinessCheck check, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(longest);

        try
        {
            return await check.RunAsync(context, limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(CheckStatus.Error, FormattableString.Invariant($"it took longer than {longest.TotalSeconds:0.#} seconds"));
        }
        // Whatever it is: this line cannot be told, and the others can.
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return new(CheckStatus.Error, exception.Message.ReplaceLineEndings(" "));
        }
    }
}
