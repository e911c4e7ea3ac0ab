using System.Globalization;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// What it costs to recognise somebody by a session that is looked up on every request: against nobody at all, against a look-up for each
/// request alone, and against the stateless handlers of plain Identity. Rounds are interleaved; a ratio compares slots of the same round.
/// </summary>
internal sealed class SessionBenchmark(BenchmarkOptions options, IAnsiConsole console)
{
    private const double BearerAim = 1.0;
    private const double CookieAim = 1.3;

    private static readonly int[] Connections = [1, 32, 500];

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        await steps.RunAsync("Build the service", () => SignInTarget.BuildAsync(cancel), _ => "Built the service in Release");
        var program = await steps.RunAsync(
            "Build the servers", () => BenchServer.BuildAsync("SessionHost", workspace.Folder("servers"), cancel), _ => "Built the servers in Release");
        await using var servers = await steps.RunAsync(
            "Start them", () => SessionServers.StartAsync(program, workspace.Folder("data"), cancel), _ => "Started them, with somebody signed in to each");

        foreach (var connections in Connections)
        {
            var loads = servers.Questions.Select(question => new Load(question.Address, question.HeaderOf)).ToList();
            Report(connections, servers.Questions, await Rounds.RunAsync(loads, connections, options, steps, cancel));
        }
    }

    private void Report(int connections, IReadOnlyList<Question> questions, List<double[]> rounds)
    {
        var session = questions.Index().Single(question => question.Item.Name == SessionServers.Session).Index;
        var table = new Table().AddColumns($"{connections} at once", "requests/s", "mean ms", "the session is, of it (lowest, highest)");
        foreach (var (index, question) in questions.Index())
        {
            var throughput = Figures.Median(rounds.Select(round => round[index]));
            var ratios = rounds.Select(round => round[session] / round[index]).Order().ToList();
            table.AddRow(
                Markup.Escape(question.Name),
                Text($"{throughput:N0}"),
                Text($"{connections * 1000 / throughput:0.00}"),
                index == session ? "" : Text($"{Figures.Median(ratios):0.00} ({ratios[0]:0.00}, {ratios[^1]:0.00}){Aim(question.Name, Figures.Median(ratios))}"));
        }

        console.Write(table);
    }

    private static string Aim(string name, double ratio) => name switch
    {
        SessionServers.PlainBearer => Against(BearerAim, ratio),
        SessionServers.PlainCookie => Against(CookieAim, ratio),
        _ => "",
    };

    private static string Against(double aim, double ratio) => Text($", aim {aim:0.0} {(ratio >= aim ? "met" : "missed")}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
