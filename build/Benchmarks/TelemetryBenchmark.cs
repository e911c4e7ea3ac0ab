using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// What telemetry costs: an ordinary request of somebody signed in, with everything off, with metrics, with traces as well (5 % of them sampled), and with
/// logs, a line a request, too. Then requests while the sinks are dead, against those while they live. Then the collector dies, and the load goes
/// on: memory must not.
/// </summary>
internal sealed class TelemetryBenchmark(BenchmarkOptions options, TimeSpan outage, IAnsiConsole console)
{
    /// <summary>The least that a service with all telemetry is to reach of its throughput without.</summary>
    private const double Aim = 0.93;

    private const int Sessions = 32;

    private static readonly string[] Variants = ["off", "metrics", "traces", "all"];

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        var program = await steps.RunAsync(
            "Build the servers",
            async () =>
            {
                await SignInTarget.BuildAsync(cancel);
                return await BenchServer.BuildAsync("TelemetryHost", workspace.Folder("servers"), cancel);
            },
            _ => "Built the servers in Release");
        var data = workspace.Folder("data");
        await using var target = await steps.RunAsync("Start PostgreSQL, with people signed in", () => SignInTarget.StartAsync(data, cancel), _ => "Started PostgreSQL");
        var tokens = new List<string>();
        while (tokens.Count < Sessions)
        {
            tokens.Add(await target.NewTokenAsync(cancel));
        }

        using var collector = new Collector();
        var database = await SignInTarget.ConnectionStringAsync(data, "App", cancel);
        var servers = new List<TelemetryServer>();
        try
        {
            foreach (var variant in Variants)
            {
                servers.Add(await TelemetryServer.StartAsync(program, variant, database, collector.Address, tokens, options.Connections, cancel));
            }

            await steps.RunAsync("Warm up", () => TelemetryServer.RoundAsync(servers, options.Slot, cancel));
            var rounds = new List<TelemetrySample[]>();
            for (var round = 1; round <= options.Rounds; round++)
            {
                await steps.RunAsync($"Round {round} of {options.Rounds}", async () => rounds.Add(await TelemetryServer.RoundAsync(servers, options.Slot, cancel)));
            }

            Report(rounds);

            // Each has connections to the one PostgreSQL, which takes a hundred.
            while (servers.Count > 1)
            {
                await servers[0].DisposeAsync();
                servers.RemoveAt(0);
            }

            await new DeadSinks(options, steps, console).RunAsync(
                address => TelemetryServer.StartAsync(program, "sinks", database, address, tokens, options.Connections, cancel), collector.Address, cancel);
            collector.Dispose();
            await OutageAsync(servers[0], steps, cancel);
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    private void Report(List<TelemetrySample[]> rounds)
    {
        var table = new Table().AddColumns("telemetry", "requests/s", "of off (lowest, highest)", "processor µs/request", "bytes allocated/request");
        for (var i = 0; i < Variants.Length; i++)
        {
            var ratios = rounds.Select(round => round[i].RequestsPerSecond / round[0].RequestsPerSecond).Order().ToList();
            table.AddRow(
                Variants[i],
                Text($"{Figures.Median(rounds.Select(round => round[i].RequestsPerSecond)):N0}"),
                Text($"{Figures.Median(ratios):0.00} ({ratios[0]:0.00}, {ratios[^1]:0.00})"),
                Text($"{Figures.Median(rounds.Select(round => round[i].MicrosecondsPerRequest)):0.0}"),
                Text($"{Figures.Median(rounds.Select(round => round[i].BytesPerRequest)):N0}"));
        }

        console.Write(table);
        console.WriteLine(Text($"Medians of {options.Rounds} rounds, {options.Slot.TotalSeconds:0.#} s a slot, {options.Connections} connections. Aim for all of it: {Aim:0.00} of off."));
    }

    private async Task OutageAsync(TelemetryServer server, Steps steps, CancellationToken cancel)
    {
        var before = await server.ResidentAsync(cancel);
        var peak = before;
        await steps.RunAsync($"Load for {outage.TotalMinutes:0.#} minutes while the collector is dead", async () =>
        {
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed < outage)
            {
                await server.MeasureAsync(options.Slot, cancel);
                peak = Math.Max(peak, await server.ResidentAsync(cancel));
            }
        });
        console.WriteLine(Text(
            $"Resident memory before the outage {before / 1048576.0:0} MiB, at most {peak / 1048576.0:0} MiB during it, {await server.ResidentAsync(cancel) / 1048576.0:0} MiB at its end."));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
