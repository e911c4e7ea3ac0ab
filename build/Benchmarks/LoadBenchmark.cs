using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using HardenedService.Operations.Load;
using HardenedService.Operations.Postgres;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// What the load generator of the operator's console can do: calls to a bare server at a rate that doubles until it is not kept any more, and what each
/// adds of its own. Beside it what wrk gets out of the same server, which asks as fast as answers come and so makes up no schedule to be late for.
/// </summary>
internal sealed partial class LoadBenchmark(BenchmarkOptions options, IAnsiConsole console)
{
    private const double FirstRate = 500;

    /// <summary>Of the offered rate: below it is not kept.</summary>
    private const double Kept = 0.95;

    // What a shell says of a program that there is none of.
    private const int NotFound = 127;

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        var program = await steps.RunAsync(
            "Build the server", () => BenchServer.BuildAsync("PipelineHost", workspace.Folder("server"), cancel), _ => "Built the server in Release");
        await using var server = await BenchServer.StartAsync(program, cancel, "bare");
        var address = new Uri(server.Address, "/v1/greeting");
        var found = new List<Figure>();
        await steps.RunAsync("Warm up", () => AskAsync(address, FirstRate, cancel));

        for (var rate = FirstRate; found.Count == 0 || found[^1].IsKept; rate *= 2)
        {
            await steps.RunAsync(Text($"{rate:N0} calls a second"), async () => found.Add(await AskAsync(address, rate, cancel)));
        }

        Report(found);
        console.WriteLine(await steps.RunAsync("wrk", () => WrkAsync(address, cancel), _ => "Asked wrk"));
    }

    private async Task<Figure> AskAsync(Uri address, double rate, CancellationToken cancel)
    {
        var ask = new LoadOperation("ask", 1, (_, _) => new HttpRequestMessage(HttpMethod.Get, address));
        var plan = new LoadPlan(1, rate, options.Slot, [ask]);
        using var client = plan.Connect(address);
        var before = Environment.CpuUsage.TotalTime;
        var answered = await new LoadRun(plan, [new LoadUser("", "")], client, new Random(1)).RunAsync((_, _) => { }, cancel);
        var spent = Environment.CpuUsage.TotalTime - before;
        var all = answered.All;

        return new(
            rate,
            (all.Calls - all.Errors - all.Limited) / answered.Lasted.TotalSeconds,
            all.Latencies.Percentile(50),
            all.Latencies.Percentile(99),
            answered.Lateness.Percentile(99),
            spent.TotalMicroseconds / Math.Max(1, all.Calls));
    }

    private void Report(List<Figure> found)
    {
        var table = new Table().AddColumns("offered/s", "answered/s", "p50 ms", "p99 ms", "late p99 ms", "processor µs/call");

        foreach (var figure in found)
        {
            table.AddRow(
                Text($"{figure.Offered:N0}"), Text($"{figure.Answered:N0}"), Text($"{figure.P50:0.0}"), Text($"{figure.P99:0.0}"), Text($"{figure.Late:0.0}"), Text($"{figure.Microseconds:0}"));
        }

        console.Write(table);
        console.WriteLine(Text(
            $"At most {found.Max(figure => figure.Answered):N0} answers a second, {options.Slot.TotalSeconds:0.#} s each, {Environment.ProcessorCount} processors shared with the server. Late: when it was made, after it was due."));
    }

    private async Task<string> WrkAsync(Uri address, CancellationToken cancel)
    {
        var seconds = Math.Max(1, (int)options.Slot.TotalSeconds);
        var (exitCode, output) = await SupervisedProcess.RunAsync(
            new ProcessStartInfo("wrk", ["-t", "1", "-c", Text($"{options.Connections}"), "-d", Text($"{seconds}s"), address.ToString()]), cancel);

        return RequestsPerSecond().Match(output) is { Success: true } match
            ? Text($"wrk, one thread, {options.Connections} connections: {double.Parse(match.Groups["rate"].Value, CultureInfo.InvariantCulture):N0} answers a second.")
            : exitCode == NotFound ? "wrk is not here to compare with: its Debian package is called wrk." : $"wrk failed: {output}";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Requests/sec:\s+(?<rate>[0-9.]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RequestsPerSecond();

    private sealed record Figure(double Offered, double Answered, double P50, double P99, double Late, double Microseconds)
    {
        public bool IsKept => Answered >= Kept * Offered;
    }
}
