using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HardenedService.Operations.Postgres;
using HardenedStarter.Build.Trying;
using Npgsql;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// What `migrate up` takes, from an empty database and from the level before the newest, against psql that runs the very same scripts. Both as a person
/// calls them, from the start of the process to its end; and the part of it that the migrations themselves took. Rounds are interleaved.
/// </summary>
internal sealed partial class MigrationBenchmark(BenchmarkOptions options, IAnsiConsole console)
{
    private const string Database = "bench";

    private static readonly bool[] Ways = [true, false];
    private static readonly string Operations = Path.Combine(Repository.Template, "src", "HardenedService.Operations");
    private static readonly string Program = Path.Combine(Operations, "bin", "Release", "net10.0", "HardenedService.Operations.dll");
    private static readonly PostgresBinaries Postgres = PostgresBinaries.Find();

    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        var data = workspace.Folder("data");
        await steps.RunAsync("Build the service", () => SignInTarget.BuildAsync(cancel), _ => "Built the service in Release");
        await using var service = await steps.RunAsync(
            "Start it", () => RunningService.StartAsync(Repository.Template, data, cancel, "Release"), _ => "Started it, for its PostgreSQL");
        await ProvisionAsync(data, cancel);

        var previous = Versions().Order().SkipLast(1).Last();
        var script = Path.Combine(workspace.Root, "migrations.sql");
        foreach (var (name, start) in new[] { ("From empty", 0), (Text($"From the level before, {previous}"), previous) })
        {
            await steps.RunAsync("Warm up", () => RoundAsync(start, script, cancel));
            var rounds = new List<Times>();
            for (var round = 1; round <= options.Rounds; round++)
            {
                await steps.RunAsync($"{name}: round {round} of {options.Rounds}", async () => rounds.Add(await RoundAsync(start, script, cancel)));
            }

            Report(name, rounds);
        }
    }

    private void Report(string name, List<Times> rounds)
    {
        var ratios = rounds.Select(round => round.Up / round.Psql).Order().ToList();
        console.WriteLine(Text(
            $"{name}: psql {Figures.Median(rounds.Select(round => round.Psql)):0} ms, migrate up {Figures.Median(rounds.Select(round => round.Up)):0} ms, {Figures.Median(ratios):0.00} times that ({ratios[0]:0.00} to {ratios[^1]:0.00}); its migrations took {Figures.Median(rounds.Select(round => round.Migrations)):0} ms, {Figures.Median(rounds.Select(round => round.Migrations / round.Psql)):0.00} times that."));
    }

    private async Task<Times> RoundAsync(int start, string script, CancellationToken cancel)
    {
        var (psql, up, migrations) = (0d, 0d, 0d);
        foreach (var isPsql in Ways.Shuffle())
        {
            await ConsoleAsync(cancel, "migrate", "down", "--to", $"{start}", "--yes");
            if (isPsql)
            {
                await File.WriteAllTextAsync(script, (await ConsoleAsync(cancel, "migrate", "script")).Output, cancel);
                psql = (await RunAsync(Psql(script), cancel)).Milliseconds;
            }
            else
            {
                (up, var output) = await ConsoleAsync(cancel, "migrate", "up");
                migrations = Applied().Matches(output).Sum(match => double.Parse(match.Groups["ms"].ValueSpan, CultureInfo.InvariantCulture));
            }
        }

        return new(psql, up, migrations);
    }

    private async Task ProvisionAsync(string data, CancellationToken cancel)
    {
        var passwords = JsonNode.Parse(await File.ReadAllTextAsync(SignInTarget.FileIn(data, "role-passwords.json"), cancel))!;
        foreach (var role in (string[])["Owner", "App", "Operator"])
        {
            _settings[$"Operations__{role}Password"] = (string)passwords[role]!;
        }

        var owner = new NpgsqlConnectionStringBuilder(await SignInTarget.ConnectionStringAsync(data, "Owner", cancel));
        var admin = new NpgsqlConnectionStringBuilder(owner.ConnectionString)
        {
            Database = "postgres",
            Username = "postgres",
            Password = await File.ReadAllTextAsync(SignInTarget.FileIn(data, "superuser.password"), cancel),
        };
        owner.Database = Database;
        _settings["Operations__AdminConnectionString"] = admin.ConnectionString;
        _settings["Operations__OwnerConnectionString"] = owner.ConnectionString;
        foreach (var (name, value) in new[] { ("PGHOST", owner.Host), ("PGPORT", $"{owner.Port}"), ("PGDATABASE", Database), ("PGUSER", owner.Username), ("PGPASSWORD", owner.Password) })
        {
            _settings[name] = value!;
        }

        await ConsoleAsync(cancel, "provision", "--database", Database);
        await ConsoleAsync(cancel, "migrate", "up");
    }

    private static ProcessStartInfo Psql(string script) => new(Postgres.Tool("psql"), ["-X", "-q", "-f", script]);

    private Task<(double Milliseconds, string Output)> ConsoleAsync(CancellationToken cancel, params string[] arguments) =>
        RunAsync(Dotnet.StartInfo(Operations, [Program, .. arguments]), cancel);

    private async Task<(double Milliseconds, string Output)> RunAsync(ProcessStartInfo start, CancellationToken cancel)
    {
        foreach (var (name, value) in _settings)
        {
            start.Environment[name] = value;
        }

        var watch = Stopwatch.StartNew();
        var (exitCode, output) = await SupervisedProcess.RunAsync(start, cancel);
        return exitCode == 0 ? (watch.Elapsed.TotalMilliseconds, output) : throw new BuildException($"{start.FileName} ended with {exitCode}.", output);
    }

    private static IEnumerable<int> Versions() => Directory.EnumerateFiles(Path.Combine(Operations, "Migrations"), "M*.up.sql")
        .Select(file => int.Parse(Path.GetFileName(file).AsSpan(1, 4), CultureInfo.InvariantCulture));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"applied in (?<ms>\d+) ms", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Applied();

    private sealed record Times(double Psql, double Up, double Migrations);
}
