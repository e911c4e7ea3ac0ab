using System.Globalization;
using System.Net.Http.Json;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// What the way of an outbound call costs: calls of a server on this machine by an outbound client, against those by a bare HttpClient, in
/// interleaved rounds; and how long a call takes that the breaker refuses.
/// </summary>
internal sealed class OutboundBenchmark(BenchmarkOptions options, IAnsiConsole console)
{
    private const int Refused = 10_000;

    /// <summary>The most that a refused call is to take, in milliseconds.</summary>
    private const double Aim = 50;

    private static readonly string[] Clients = ["bare", "outbound"];

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        var called = await steps.RunAsync(
            "Build the server", () => BenchServer.BuildAsync("PipelineHost", workspace.Folder("server"), cancel), _ => "Built the server in Release");
        var calling = await steps.RunAsync(
            "Build the caller", () => BenchServer.BuildAsync("OutboundHost", workspace.Folder("caller"), cancel), _ => "Built the caller in Release");
        await using var server = await BenchServer.StartAsync(called, cancel, "bare");
        await using var caller = await BenchServer.StartAsync(calling, cancel, server.Address.ToString());
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = caller.Address, Timeout = TimeSpan.FromMinutes(2) };

        foreach (var parallel in new[] { 1, options.Connections }.Distinct())
        {
            await steps.RunAsync($"Warm up, {parallel} at once", () => RoundAsync(client, parallel, cancel));
            var rounds = new List<Calls[]>();

            for (var round = 1; round <= options.Rounds; round++)
            {
                await steps.RunAsync($"Round {round} of {options.Rounds}, {parallel} at once", async () => rounds.Add(await RoundAsync(client, parallel, cancel)));
            }

            Report(parallel, rounds);
        }

        var refusals = await GetAsync<Refusals>(client, $"refusals?count={Refused}", cancel);
        console.WriteLine(Text(
            $"{Refused:N0} calls that the breaker refused: p50 {refusals.Median:0.000} ms, p99 {refusals.Percentile99:0.000} ms, at most {refusals.Most:0.0} ms. Aim: {Aim:0} ms, {(refusals.Most < Aim ? "met" : "missed")}."));
    }

    private async Task<Calls[]> RoundAsync(HttpClient client, int parallel, CancellationToken cancel)
    {
        var calls = new Calls[Clients.Length];
        foreach (var index in Enumerable.Range(0, Clients.Length).Shuffle())
        {
            calls[index] = await GetAsync<Calls>(
                client, Text($"calls?client={Clients[index]}&parallel={parallel}&milliseconds={options.Slot.TotalMilliseconds:0}"), cancel);
        }

        return calls;
    }

    private void Report(int parallel, List<Calls[]> rounds)
    {
        var table = new Table().AddColumns($"{parallel} at once", "calls/s", "of bare (lowest, highest)", "processor µs/call");
        foreach (var (index, name) in Clients.Index())
        {
            var ratios = rounds.Select(round => round[index].PerSecond / round[0].PerSecond).Order().ToList();
            table.AddRow(
                name,
                Text($"{Figures.Median(rounds.Select(round => round[index].PerSecond)):N0}"),
                index == 0 ? "" : Text($"{Figures.Median(ratios):0.00} ({ratios[0]:0.00}, {ratios[^1]:0.00})"),
                Text($"{Figures.Median(rounds.Select(round => round[index].ProcessorMicroseconds)):0.0}"));
        }

        console.Write(table);
    }

    private static async Task<T> GetAsync<T>(HttpClient client, string question, CancellationToken cancel) =>
        await client.GetFromJsonAsync<T>(new Uri(question, UriKind.Relative), cancel) ?? throw new BuildException("The caller did not answer.", question);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Calls(double PerSecond, double ProcessorMicroseconds);

    private sealed record Refusals(double Median, double Percentile99, double Most);
}
