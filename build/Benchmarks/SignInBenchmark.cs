using System.Diagnostics;
using System.Globalization;
using System.Net;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// What passwords cost: whether the time of a bad sign-in tells anything about the address, how many a core verifies, and what a flood of
/// them does to everybody else. Kinds of addresses take turns in a new order each round: whatever else the machine does, it does to all.
/// </summary>
internal sealed class SignInBenchmark(int rounds, IAnsiConsole console)
{
    private const int Flood = 200;
    private const int AtOnce = 8;
    private const int Lookers = 4;

    private static readonly TimeSpan Slot = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        await steps.RunAsync("Build the service", () => SignInTarget.BuildAsync(cancel), _ => "Built the service in Release");
        await using var target = await steps.RunAsync(
            "Start it", () => SignInTarget.StartAsync(workspace.Folder("data"), cancel), _ => "Started it with an account in every state");

        var signIns = new Dictionary<string, Func<Task<double>>>(StringComparer.Ordinal)
        {
            ["known"] = () => target.FailToSignInAsync(SignInTarget.Known, cancel),
            ["unknown"] = () => target.FailToSignInAsync(NewAddress(), cancel),
            ["disabled"] = () => target.FailToSignInAsync(SignInTarget.Disabled, cancel),
            ["unconfirmed"] = () => target.FailToSignInAsync(SignInTarget.Unconfirmed, cancel),
        };
        var registrations = new Dictionary<string, Func<Task<double>>>(StringComparer.Ordinal)
        {
            ["known"] = () => target.RegisterAsync(SignInTarget.Known, cancel),
            ["new"] = () => target.RegisterAsync(NewAddress(), cancel),
        };

        await steps.RunAsync("Warm up", () => TakeTurnsAsync(signIns, 5));
        var bad = await steps.RunAsync($"{rounds * signIns.Count} bad sign-ins", () => TakeTurnsAsync(signIns, rounds), _ => $"{rounds * signIns.Count} bad sign-ins");
        var registered = await steps.RunAsync("Registrations", () => TakeTurnsAsync(registrations, rounds), _ => $"{rounds * registrations.Count} registrations");
        var perSecond = await steps.RunAsync("Throughput", () => ThroughputAsync(target, cancel), _ => $"{AtOnce} sign-ins at a time");
        var idle = await steps.RunAsync("Others, idle", () => LookAsync(target, Task.Delay(Slot, cancel), cancel), _ => "Other calls on an idle service");
        var flooded = await steps.RunAsync("Others, in a flood", () => LookAsync(target, FloodAsync(target, cancel), cancel), _ => $"Other calls during {Flood} sign-ins at once");

        Compare("bad sign-in to an address that is", bad);
        Compare("registration of an address that is", registered);
        console.WriteLine(Text($"{perSecond:0.0} sign-ins a second, {perSecond / Environment.ProcessorCount:0.0} for each of {Environment.ProcessorCount} processors, which the client shares."));
        console.WriteLine(Text($"Other calls, p99: {idle:0.0} ms idle, {flooded:0.0} ms during {Flood} sign-ins at once; {Holds(flooded <= 2 * idle && flooded < 200)} (at most twice, and below 200 ms)."));
    }

    private static async Task<Dictionary<string, List<double>>> TakeTurnsAsync(Dictionary<string, Func<Task<double>>> kinds, int rounds)
    {
        var times = kinds.Keys.ToDictionary(kind => kind, _ => new List<double>(), StringComparer.Ordinal);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (kind, call) in kinds.Shuffle())
            {
                times[kind].Add(await call());
            }
        }

        return times;
    }

    // Answered with a verdict in a second. No more than the queue takes.
    private static async Task<double> ThroughputAsync(SignInTarget target, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        var verified = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            var count = 0;
            while (watch.Elapsed < Slot)
            {
                count += await target.TryToSignInAsync(cancel) == HttpStatusCode.Unauthorized ? 1 : 0;
            }

            return count;
        }));

        return verified.Sum() / watch.Elapsed.TotalSeconds;
    }

    // One flood after the other.
    private static async Task FloodAsync(SignInTarget target, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Slot)
        {
            await Task.WhenAll(Enumerable.Range(0, Flood).Select(_ => target.TryToSignInAsync(cancel)));
        }
    }

    // The 99th percentile of calls for as long as something else goes on.
    private static async Task<double> LookAsync(SignInTarget target, Task meanwhile, CancellationToken cancel)
    {
        var times = await Task.WhenAll(Enumerable.Range(0, Lookers).Select(async _ =>
        {
            var times = new List<double>();
            while (!meanwhile.IsCompleted)
            {
                times.Add(await target.LookAsync(cancel));
                await Task.Delay(TimeSpan.FromMilliseconds(10), cancel);
            }

            return times;
        }));
        await meanwhile;
        var sorted = times.SelectMany(list => list).Order().ToList();

        return sorted[(int)(sorted.Count * 0.99)];
    }

    private void Compare(string what, Dictionary<string, List<double>> times)
    {
        var medians = times.ToDictionary(kind => kind.Key, kind => Figures.Median(kind.Value), StringComparer.Ordinal);
        var table = new Table().AddColumns(what, "median ms");
        foreach (var (kind, median) in medians)
        {
            table.AddRow(Markup.Escape(kind), Text($"{median:0.0}"));
        }

        console.Write(table);
        var apart = medians.Values.Max() - medians.Values.Min();
        console.WriteLine(Text($"{apart:0.0} ms apart; {Holds(apart <= Math.Max(5, medians.Values.Min() * 0.05))} (at most 5 ms or 5 %)."));
    }

    private static string NewAddress() => $"{Guid.NewGuid():N}@bench.example";

    private static string Holds(bool holds) => holds ? "holds" : "does not hold";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
