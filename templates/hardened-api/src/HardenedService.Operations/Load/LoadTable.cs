using static System.FormattableString;

namespace HardenedService.Operations.Load;

/// <summary>The report as text, as wide as the terminal.</summary>
/// <param name="width">How many characters a line may have, 40 at least.</param>
internal sealed class LoadTable(int width)
{
    private const int Narrowest = 40;

    // Fewer than these, and one that fails is more than a ratio of errors that is usual.
    private const int Many = 1000;

    private static readonly string[] Latencies = ["p50", "p90", "p99", "p99.9", "max"];
    private static readonly string[] Names = ["", "calls", "errors", "429", "per s", .. Latencies];

    private readonly int _width = Math.Max(width, Narrowest);

    public void Write(LoadReport report, TextWriter output)
    {
        WriteRows([Names, .. report.Operations.Select(Cells)], output);

        foreach (var line in report.Operations.SelectMany(Failures).SelectMany(failure => WrappedText.Lines(failure, _width)))
        {
            output.WriteLine(line);
        }

        if (report.Growth is { } growth)
        {
            output.WriteLine();
            WriteRows([["users", "per s", "p50", "p99", "errors", "429", "promise"], .. growth.Select(Cells)], output);
        }

        output.WriteLine();

        foreach (var line in Remarks(report).SelectMany(remark => WrappedText.Lines(remark, _width)))
        {
            output.WriteLine(line);
        }
    }

    /// <summary>A second, while it goes on: what ended in it, the p99 of that, what failed, and what is under way.</summary>
    public static string Line(LoadSecond second, int inFlight) =>
        Invariant($"{second.Second,4} s {second.Finished,5}/s {Milliseconds(second.P99),6} ms {second.Errors}! {inFlight} open");

    private static IEnumerable<string> Remarks(LoadReport report)
    {
        yield return "Latencies are in milliseconds, from when a call was due; a call that failed counts as long as an answer is waited for, at least. "
            + $"Those of '{report.Promised.Name}' are judged: all but {LoadOperations.SignInName}.";

        if (report.All.Limited > 0)
        {
            yield return Limits(report);
        }

        if (report.IsTooBusy)
        {
            yield return Invariant($"This machine added {Milliseconds(report.GeneratorP99)} ms or more to one call in a hundred, which counts as latency: it was too busy to tell what the service did.");
        }

        if (report.All.Count < Many && !report.IsTooSmall)
        {
            yield return Invariant($"Of {report.All.Count} calls, one is {100.0 / report.All.Count:0.#} %, and the p99 is that of the {Math.Max(1, report.Promised.Count / 100)} slowest: {Many} calls say more.");
        }

        yield return Invariant($"Calls as of {report.Users} people for {report.Duration.TotalSeconds:0} s, by {report.Accounts} accounts. Promised: {report.Slo}.");
        yield return report.Verdict;
    }

    private static string Limits(LoadReport report)
    {
        var limited = report.Operations.SkipLast(2).Where(operation => operation.Limited > 0).ToList();
        List<string> limits =
        [
            .. limited.Exists(operation => operation.Name == LoadOperations.SignInName) ? ["RateLimits:Policies:password"] : Array.Empty<string>(),
            .. limited.Exists(operation => operation.Name != LoadOperations.SignInName) ? ["RateLimits:PerAddress", "RateLimits:PerUser"] : Array.Empty<string>(),
        ];

        return Invariant($"{report.All.Limited} calls were turned away by the service's rate limits ({string.Join(", ", limited.Select(operation => Invariant($"{operation.Name} {operation.Limited}")))}): all of them come from one address, and few accounts. ")
            + $"For a test, raise {string.Join(" and ", limits)} where nobody else calls (docs/load.md).";
    }

    private static IEnumerable<string> Failures(LoadOperationReport operation) => operation.Failures.Select(failure => Invariant($"{operation.Name}: {failure.Count} x {failure.What}"));

    private static string[] Cells(LoadOperationReport operation) =>
    [
        operation.Name,
        Invariant($"{operation.Count}"),
        Invariant($"{operation.Errors}"),
        Invariant($"{operation.Limited}"),
        Invariant($"{operation.Rate:0.0}"),
        Milliseconds(operation.P50),
        Milliseconds(operation.P90),
        Milliseconds(operation.P99),
        Milliseconds(operation.P999),
        Milliseconds(operation.Max),
    ];

    private static string[] Cells(LoadGrowth growth) =>
    [
        Invariant($"{growth.Users}"),
        Invariant($"{growth.Rate:0.0}"),
        Milliseconds(growth.P50),
        Milliseconds(growth.P99),
        Invariant($"{100 * growth.Errors:0.##}%"),
        Invariant($"{100 * growth.Limited:0.##}%"),
        growth.Word,
    ];

    // Side by side; or, where that is too wide, each row as a list of its own.
    private void WriteRows(string[][] rows, TextWriter output)
    {
        int[] widths = [.. rows[0].Select((_, column) => rows.Max(row => row[column].Length))];

        if (widths.Sum() + (2 * (widths.Length - 1)) <= _width)
        {
            foreach (var row in rows)
            {
                output.WriteLine($"{row[0].PadRight(widths[0])}{string.Concat(row.Skip(1).Select((cell, index) => $"  {cell.PadLeft(widths[index + 1])}"))}");
            }

            return;
        }

        foreach (var row in rows.Skip(1))
        {
            output.WriteLine($"{rows[0][0]} {row[0]}".Trim());

            foreach (var (name, cell) in rows[0].Zip(row).Skip(1))
            {
                output.WriteLine($"  {name,-8}{cell,10}");
            }
        }
    }

    private static string Milliseconds(double value) => value < 99.95 ? Invariant($"{value:0.0}") : Invariant($"{value:0}");
}
