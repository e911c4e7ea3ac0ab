using System.Text.Json;
using HardenedService.Operations.Readiness;

namespace HardenedService.Operations.Load;

/// <summary>What a load test has to show before it is believed that the service carries the people who will come.</summary>
internal static class LoadEvidence
{
    public const int FewestUsers = 50;

    private const int ShortestSeconds = 60;

    // As many as these people make in this time, less what chance takes off.
    private const int FewestCalls = 500;

    private static readonly ServiceLevel Objective = ServiceLevel.Parse(ServiceLevel.Default);
    private static readonly string UsualMix = LoadOperation.Text(LoadOperations.All);

    /// <summary>What is recorded of a test.</summary>
    public static Dictionary<string, object> Facts(LoadReport report) => new()
    {
        ["users"] = report.Users,
        ["accounts"] = report.Accounts,
        ["seconds"] = report.Duration.TotalSeconds,
        ["offeredRate"] = report.OfferedRate,
        ["calls"] = report.All.Count,
        ["mix"] = report.Mix,
        ["slo"] = report.Slo,
        ["p99Milliseconds"] = Math.Round(report.P99, 1),
        ["errorRatio"] = report.Sum().Errors,
        ["limitedRatio"] = report.Sum().Limited,
        ["url"] = report.Url.ToString(),
    };

    /// <summary>Why a test is no evidence, neither for nor against; empty if it is some.</summary>
    public static IReadOnlyList<string> WhyNot(LoadReport report) =>
    [
        .. Shortfalls(new(EvidenceKind.LoadTest, report.At, JsonSerializer.Serialize(Facts(report)))),
        .. ServiceLevel.Parse(report.Slo).Includes(Objective) ? Array.Empty<string>() : [$"less was promised than {ServiceLevel.Default}"],

        // What it adds makes calls slower: who keeps the promise all the same, keeps it.
        .. report is { SloMet: false, IsTooBusy: true } ? ["this machine was too busy to tell"] : Array.Empty<string>(),
    ];

    /// <summary>What a test lacks, whatever came of it.</summary>
    public static IReadOnlyList<string> Shortfalls(EvidenceRecord record)
    {
        return [.. Found()];

        IEnumerable<string> Found()
        {
            if (IsBelow("users", FewestUsers))
            {
                yield return FormattableString.Invariant($"fewer than {FewestUsers} users");
            }

            if (IsBelow("seconds", ShortestSeconds))
            {
                yield return FormattableString.Invariant($"shorter than {ShortestSeconds} s");
            }

            if (IsBelow("offeredRate", (record.Number("users") ?? FewestUsers) / LoadPlan.UsualThinkTime.TotalSeconds))
            {
                yield return FormattableString.Invariant($"fewer calls than so many people make, who think for {LoadPlan.UsualThinkTime.TotalSeconds:0} s");
            }

            if (IsBelow("calls", FewestCalls))
            {
                yield return FormattableString.Invariant($"fewer than {FewestCalls} calls");
            }

            if (record.Fact("mix") != UsualMix)
            {
                yield return $"another mix than {UsualMix}";
            }
        }

        bool IsBelow(string fact, double least) => record.Number(fact) is not { } number || number < least;
    }

    /// <summary>What the service promises, and did not keep in a test.</summary>
    public static IReadOnlyList<string> Misses(EvidenceRecord record)
    {
        return [.. Found()];

        IEnumerable<string> Found()
        {
            if (IsAbove("p99Milliseconds", Limit))
            {
                yield return FormattableString.Invariant($"the p99 was above {Limit:0} ms");
            }

            if (IsAbove("errorRatio", Objective.Errors))
            {
                yield return FormattableString.Invariant($"more than {100 * Objective.Errors:0.##} % failed");
            }

            if (IsAbove("limitedRatio", Objective.Errors))
            {
                yield return FormattableString.Invariant($"more than {100 * Objective.Errors:0.##} % were turned away by rate limits");
            }
        }

        bool IsAbove(string fact, double most) => record.Number(fact) is not { } number || number > most;
    }

    // Of the p99, in milliseconds.
    private static double Limit => Objective.Latencies[0].Limit.TotalMilliseconds;
}
