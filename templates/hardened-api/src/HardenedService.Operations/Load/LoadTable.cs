using System.Globalization;

namespace HardenedService.Operations.Load;

/// <summary>The report as text, as wide as the terminal.</summary>
/// <param name="width">How many characters a line may have, 40 at least.</param>
internal sealed class LoadTable(int width)
{
    private const int Narrowest = 40;

    // In milliseconds. That it is late by a few is how timers are.
    private const double Noticeable = 20;

    private static readonly string[] Latencies = ["p50", "p90", "p99", "p99.9", "max"];
    private static readonly string[] Names = ["", "calls", "errors", "429", "per s", .. Latencies];

    private readonly int _width = Math.Max(width, Narrowest);

    public void Write(LoadReport report, TextWriter output)
    {
        WriteRows([Names, .. report.Operations.Select(Cells)], output);

        foreach (var line in report.Operations.SkipLast(1).SelectMany(Failures).SelectMany(failure => WrappedText.Lines(failure, _width)))
        {
            output.WriteLine(line);
        }

        if (report.Growth is { } growth)
        {
            output.WriteLine();
            WriteRows([["users", "per s", "p50", "p99", "errors", "429", "SLO"], .. growth.Select(Cells)], output);
        }

        output.WriteLine();

        foreach (var line in Remarks(report).SelectMany(remark => WrappedText.Lines(remark, _width)))
        {
            output.WriteLine(line);
        }
    }

    /// <summary>A second, while it goes on: what ended in it, the p99 of that, what failed, and what is under way.</summary>
    public static string Line(LoadSecond second, int inFlight) =>
        Text($"{second.Second,4} s {second.Finished,5}/s {Milliseconds(second.P99),6} ms {second.Errors} bad {inFlight} open");

    private static IEnumerable<string> Remarks(LoadReport report)
    {
        yield return "Latencies are in milliseconds, from when a call was due.";

        if (report.All.Limited > 0)
        {
            yield return Text(
                $"{report.All.Limited} calls were turned away by the service's rate limits: all of them come from one address, and few people. For a test, raise RateLimits:PerAddress and RateLimits:PerUser (docs/configuration.md) where nobody else calls.");
        }

        if (report.GeneratorP99 > Noticeable && report.GeneratorP99 > report.P99 / 2)
        {
            yield return Text($"This machine made one call in a hundred {Milliseconds(report.GeneratorP99)} ms late or more, which counts as latency: it was too busy to tell what the service did.");
        }

        yield return report.SloMet
            ? $"The SLO is met ({report.Slo}), with {Text($"{report.Users}")} users for {report.Duration.TotalSeconds:0} s."
            : $"The SLO is not met ({report.Slo}), with {Text($"{report.Users}")} users: {string.Join("; ", report.Misses)}.";
    }

    private static IEnumerable<string> Failures(LoadOperationReport operation) => operation.Failures.Select(failure => Text($"{operation.Name}: {failure.Count} x {failure.What}"));

    private static string[] Cells(LoadOperationReport operation) =>
    [
        operation.Name,
        Text($"{operation.Count}"),
        Text($"{operation.Errors}"),
        Text($"{operation.Limited}"),
        Text($"{operation.Rate:0.0}"),
        Milliseconds(operation.P50),
        Milliseconds(operation.P90),
        Milliseconds(operation.P99),
        Milliseconds(operation.P999),
        Milliseconds(operation.Max),
    ];

    private static string[] Cells(LoadGrowth growth) =>
    [
        Text($"{growth.Users}"),
        Text($"{growth.Rate:0.0}"),
        Milliseconds(growth.P50),
        Milliseconds(growth.P99),
        Text($"{100 * growth.Errors:0.##}%"),
        Text($"{100 * growth.Limited:0.##}%"),
        growth.SloMet ? "met" : "missed",
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

    private static string Milliseconds(double value) => value < 99.95 ? Text($"{value:0.0}") : Text($"{value:0}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
