using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// What requests take while neither the collector nor Seq is there: whether they refuse, or accept and never answer. Against those of a service
/// whose sinks take everything, in the same round.
/// </summary>
internal sealed class DeadSinks(BenchmarkOptions options, Steps steps, IAnsiConsole console)
{
    /// <summary>What one request in a hundred may take, of what it takes while the sinks live.</summary>
    private const double Aim = 1.10;

    // The queues fill up: it is then that drops cost.
    private const int WarmUps = 5;

    private static readonly string[] Sinks = ["alive", "refusing", "silent"];

    /// <param name="start">Starts a service whose sinks are at an address.</param>
    /// <param name="alive">Where the sinks are that take everything.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when it is told.</returns>
    public async Task RunAsync(Func<string, Task<TelemetryServer>> start, string alive, CancellationToken cancel)
    {
        // The system takes connections for it, and nobody ever reads.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var servers = new List<TelemetryServer>();

        try
        {
            foreach (var address in new[] { alive, "http://127.0.0.1:1", $"http://{silent.LocalEndpoint}" })
            {
                servers.Add(await start(address));
            }

            await steps.RunAsync("Fill the queues of dead sinks", async () =>
            {
                for (var round = 0; round < WarmUps; round++)
                {
                    await TelemetryServer.RoundAsync(servers, options.Slot, cancel);
                }
            });
            var rounds = new List<TelemetrySample[]>();
            for (var round = 1; round <= options.Rounds; round++)
            {
                await steps.RunAsync($"Round {round} of {options.Rounds}, sinks alive and dead", async () => rounds.Add(await TelemetryServer.RoundAsync(servers, options.Slot, cancel)));
            }

            Report(rounds);
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
        var table = new Table().AddColumns("collector and Seq", "requests/s", "p99 ms", "p99 of alive (lowest, highest)");
        for (var i = 0; i < Sinks.Length; i++)
        {
            var ratios = rounds.Select(round => round[i].Percentile99 / round[0].Percentile99).Order().ToList();
            table.AddRow(
                Sinks[i],
                Text($"{Figures.Median(rounds.Select(round => round[i].RequestsPerSecond)):N0}"),
                Text($"{Figures.Median(rounds.Select(round => round[i].Percentile99)):0.00}"),
                Text($"{Figures.Median(ratios):0.00} ({ratios[0]:0.00}, {ratios[^1]:0.00})"));
        }

        console.Write(table);
        console.WriteLine(Text($"Medians of {options.Rounds} rounds. Aim for p99 while the sinks are dead: at most {Aim:0.00} of alive."));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
