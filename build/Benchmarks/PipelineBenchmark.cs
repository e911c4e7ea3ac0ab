using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>How to measure.</summary>
internal sealed record BenchmarkOptions(int Connections, int Rounds, TimeSpan Slot, bool Layers, string? Json);

/// <summary>
/// The whole pipeline against a bare minimal API, for an anonymous GET with a JSON answer. Rounds are interleaved, every server has one
/// slot in each, and a ratio compares slots of the same round: whatever else the machine does, it does to both.
/// </summary>
internal sealed class PipelineBenchmark(BenchmarkOptions options, IAnsiConsole console)
{
    /// <summary>The least that the whole pipeline is to reach of the bare server's throughput.</summary>
    private const double Aim = 0.85;

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        var (program, variants) = await steps.RunAsync(
            "Build the servers", () => PipelineServer.BuildAsync(workspace.Folder("servers"), cancel), built => $"Built {built.Variants.Count} servers in Release");

        if (!options.Layers)
        {
            variants = [variants[0], variants[^1]];
        }

        var servers = new List<PipelineServer>();
        try
        {
            foreach (var variant in variants)
            {
                servers.Add(await PipelineServer.StartAsync(program, variant, options.Connections, cancel));
            }

            await steps.RunAsync("Warm up", () => RoundAsync(servers, cancel));
            var rounds = new List<Sample[]>();
            for (var round = 1; round <= options.Rounds; round++)
            {
                await steps.RunAsync($"Round {round} of {options.Rounds}", async () => rounds.Add(await RoundAsync(servers, cancel)));
            }

            await ReportAsync([.. variants.Select((variant, index) => Figures.Of(variant, index, rounds))], cancel);
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    private async Task<Sample[]> RoundAsync(List<PipelineServer> servers, CancellationToken cancel)
    {
        var samples = new Sample[servers.Count];
        foreach (var index in Enumerable.Range(0, servers.Count).Shuffle())
        {
            samples[index] = await servers[index].MeasureAsync(options.Slot, cancel);
        }

        return samples;
    }

    private async Task ReportAsync(IReadOnlyList<Figures> figures, CancellationToken cancel)
    {
        var table = new Table().AddColumns("server", "requests/s", "of bare (lowest, highest)", "processor µs/request", "this layer µs");
        Figures? before = null;
        foreach (var server in figures)
        {
            table.AddRow(
                Markup.Escape(server.Server),
                Text($"{server.RequestsPerSecond:N0}"),
                Text($"{server.Ratio:0.00} ({server.LowestRatio:0.00}, {server.HighestRatio:0.00})"),
                Text($"{server.MicrosecondsPerRequest:0.0}"),
                before is null ? "" : Text($"{server.MicrosecondsPerRequest - before.MicrosecondsPerRequest:+0.0;-0.0}"));
            before = server;
        }

        console.Write(table);
        console.WriteLine(Text(
            $"Medians of {options.Rounds} rounds, {options.Slot.TotalSeconds:0.#} s a slot, {options.Connections} connections, {Environment.ProcessorCount} processors shared with the client."));
        var whole = figures[^1];
        console.WriteLine(Text(
            $"Aim: {Aim:0.00} of bare. Reached: {whole.Ratio:0.00}, half of the rounds {whole.LowerQuartileRatio:0.00} to {whole.UpperQuartileRatio:0.00}: {whole.Against(Aim)}."));
        if (options.Json is not null)
        {
            await File.WriteAllTextAsync(options.Json, JsonSerializer.Serialize(figures, Indented), cancel);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
