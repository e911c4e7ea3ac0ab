using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// What it costs to keep tenants apart: one row read in a transaction without a scope, with one, and with one behind row-level security; and
/// how long a list takes that names no tenant. Rounds are interleaved; a ratio compares slots of the same round.
/// </summary>
internal sealed class TenantBenchmark(BenchmarkOptions options, IAnsiConsole console)
{
    private const int Lists = 2000;

    private static readonly (string Name, string Path)[] Questions =
        [("no scope", "/v1/unscoped"), ("scope", "/v1/scoped"), ("scope and row-level security", "/v1/guarded")];

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        await steps.RunAsync("Build the service", () => SignInTarget.BuildAsync(cancel), _ => "Built the service in Release");
        var program = await steps.RunAsync(
            "Build the server", () => BenchServer.BuildAsync("TenantHost", workspace.Folder("server"), cancel), _ => "Built the server in Release");
        await using var server = await steps.RunAsync(
            "Start it, on a million rows", () => TenantServer.StartAsync(program, workspace.Folder("data"), cancel), _ => "Started it, on a million rows of ten thousand organizations");

        foreach (var connections in new[] { 1, options.Connections }.Distinct())
        {
            await CompareAsync(server, connections, steps, cancel);
        }

        var times = await steps.RunAsync("List", () => ListAsync(server, cancel), _ => $"Listed {Lists} times, one organization after the other");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"List of 50: p50 {Percentile(times, 50):0.00} ms, p99 {Percentile(times, 99):0.00} ms. Its plan:"));
        console.WriteLine(await server.PlanAsync(cancel));
    }

    private async Task CompareAsync(TenantServer server, int connections, Steps steps, CancellationToken cancel)
    {
        var loads = Questions.Select(question => new Load(new(server.Address, question.Path), number => $"Authorization: Bearer {server.Tokens[number % server.Tokens.Count]}")).ToList();
        Report(connections, await Rounds.RunAsync(loads, connections, options, steps, cancel));
    }

    private void Report(int connections, List<double[]> rounds)
    {
        var table = new Table().AddColumns($"{connections} at once", "requests/s", "mean ms", "of no scope (lowest, highest)");
        foreach (var (index, question) in Questions.Index())
        {
            var throughput = Figures.Median(rounds.Select(round => round[index]));
            var ratios = rounds.Select(round => round[index] / round[0]).Order().ToList();
            table.AddRow(
                Markup.Escape(question.Name),
                Text($"{throughput:N0}"),
                Text($"{connections * 1000 / throughput:0.000}"),
                index == 0 ? "" : Text($"{Figures.Median(ratios):0.000} ({ratios[0]:0.000}, {ratios[^1]:0.000})"));
        }

        console.Write(table);
    }

    private static async Task<List<double>> ListAsync(TenantServer server, CancellationToken cancel)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Address };
        var times = new List<double>();
        for (var number = 0; number < Lists; number++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/list");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.Tokens[number % server.Tokens.Count]);
            var watch = Stopwatch.StartNew();
            using var response = await client.SendAsync(request, cancel);
            times.Add(watch.Elapsed.TotalMilliseconds);
            response.EnsureSuccessStatusCode();
        }

        times.Sort();
        return times;
    }

    private static double Percentile(List<double> sorted, int percent) => sorted[Math.Min(sorted.Count - 1, sorted.Count * percent / 100)];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
