using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// How much memory the service takes for uploads: many at once, of 1 MiB and of 10 MiB each, by the resident size of its process above what it
/// was before. Rounds are interleaved; the ratio says whether memory depends on the size of a file.
/// </summary>
internal sealed class UploadBenchmark(BenchmarkOptions options, IAnsiConsole console)
{
    private const int Uploads = 20;
    private const int Small = 1024 * 1024;
    private const int Large = 10 * Small;
    private const string Marker = "HARDENED_BENCH";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        var mark = $"{Guid.NewGuid():N}";
        await steps.RunAsync("Build the service", () => SignInTarget.BuildAsync(cancel), _ => "Built the service in Release");
        await using var target = await steps.RunAsync(
            "Start it",
            () => SignInTarget.StartAsync(
                workspace.Folder("data"), cancel, new Dictionary<string, string>(StringComparer.Ordinal) { [Marker] = mark, ["Documents__Quota"] = $"{long.MaxValue}" }),
            _ => "Started it");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = target.Address, Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await target.NewTokenAsync(cancel));
        await JoinAsync(client, cancel);
        using var process = Find(mark);

        await steps.RunAsync("Warm up", () => UploadAsync(client, process, Large, cancel));
        var rounds = new List<(Figure Small, Figure Large)>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            await steps.RunAsync(
                $"Round {round} of {options.Rounds}",
                async () => rounds.Add((await UploadAsync(client, process, Small, cancel), await UploadAsync(client, process, Large, cancel))));
        }

        Report("1 MiB", rounds.ConvertAll(round => round.Small));
        Report("10 MiB", rounds.ConvertAll(round => round.Large));
        var ratios = rounds.Select(round => round.Large.Peak / round.Small.Peak).Order().ToList();
        console.WriteLine(Text($"The peak with files ten times as large: {Figures.Median(ratios):0.00} times ({ratios[0]:0.00} to {ratios[^1]:0.00})."));
    }

    private void Report(string size, IReadOnlyList<Figure> figures) => console.WriteLine(Text(
        $"{Uploads} uploads of {size} at once: peak of {Figures.Median(figures.Select(figure => figure.Peak)):0} MiB, {Figures.Median(figures.Select(figure => figure.Growth)):0} MiB more than before; {Figures.Median(figures.Select(figure => figure.Throughput)):0} MiB/s"));

    // An organization to upload into: the account was confirmed by hand, and has none.
    private static async Task JoinAsync(HttpClient client, CancellationToken cancel)
    {
        using var created = await client.PostAsJsonAsync("/v1/organizations", new { name = "Bench" }, cancel);
        var id = (await created.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("id").GetGuid();
        using var activated = await client.PostAsync(new Uri($"/v1/organizations/{id}/activate", UriKind.Relative), content: null, cancel);
        activated.EnsureSuccessStatusCode();
    }

    private static async Task<Figure> UploadAsync(HttpClient client, Process process, int size, CancellationToken cancel)
    {
        process.Refresh();
        var before = process.WorkingSet64;
        var peak = before;
        var watch = Stopwatch.StartNew();
        var uploads = Task.WhenAll(Enumerable.Range(0, Uploads).Select(_ => UploadAsync(client, size, cancel)));
        while (await Task.WhenAny(uploads, Task.Delay(Interval, cancel)) != uploads)
        {
            process.Refresh();
            peak = Math.Max(peak, process.WorkingSet64);
        }

        await uploads;
        return new((double)peak / Small, (double)(peak - before) / Small, (double)Uploads * size / Small / watch.Elapsed.TotalSeconds);
    }

    private static async Task UploadAsync(HttpClient client, int size, CancellationToken cancel)
    {
        var file = new byte[size];
        "%PDF-1.7"u8.CopyTo(file);
        using var form = new MultipartFormDataContent { { new StringContent("Bench"), "title" }, { new ByteArrayContent(file), "file", "bench.pdf" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/documents") { Content = form };
        request.Headers.Add("Idempotency-Key", $"{Guid.NewGuid()}");
        using var response = await client.SendAsync(request, cancel);
        if (!response.IsSuccessStatusCode)
        {
            throw new BuildException($"An upload was answered {(int)response.StatusCode}.", await response.Content.ReadAsStringAsync(cancel));
        }
    }

    // The API is the runner's child, and has its environment.
    private static Process Find(string mark) => Process.GetProcesses().Single(process =>
    {
        try
        {
            return process.ProcessName == "dotnet"
                && File.ReadAllText($"/proc/{process.Id}/cmdline").Contains("HardenedService.Api.dll", StringComparison.Ordinal)
                && File.ReadAllText($"/proc/{process.Id}/environ").Contains(mark, StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Figure(double Peak, double Growth, double Throughput);
}
