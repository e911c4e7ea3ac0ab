using System.Diagnostics;
using System.Text.Json;
using HardenedService.Operations.Migrations;
using HardenedService.Platform.Configuration;
using Npgsql;

namespace HardenedService.Operations.Readiness;

/// <summary>Runs checks one after the other, so that none disturbs what another looks at.</summary>
/// <param name="context">What they look at.</param>
/// <param name="progress">Is told of each.</param>
internal sealed class ReadinessRun(ReadinessContext context, TextWriter progress)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

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
        limit.CancelAfter(Longest);

        try
        {
            return await check.RunAsync(context, limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(CheckStatus.Error, $"it took longer than {Longest.TotalSeconds} seconds");
        }
        catch (Exception exception) when (exception is InconclusiveException or UsageException or SettingsException or MigrationException or NpgsqlException or HttpRequestException
            or IOException or JsonException or InvalidDataException or InvalidOperationException or UnauthorizedAccessException)
        {
            return new(CheckStatus.Error, exception.Message.ReplaceLineEndings(" "));
        }
    }
}
