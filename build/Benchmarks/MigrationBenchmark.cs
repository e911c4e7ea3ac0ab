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
    private static readonly PostgresBinaries Postgres = PostgresBinaries.Find();

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        var data = workspace.Folder("data");
        await steps.RunAsync("Build the service", () => SignInTarget.BuildAsync(cancel), _ => "Built the service in Release");
        await using var service = await steps.RunAsync(
            "Start it", () => RunningService.StartAsync(Repository.Template, data, cancel, "Release"), _ => "Started it, for its PostgreSQL");
        var operators = await ProvisionAsync(data, cancel);

        var previous = Versions().Order().SkipLast(1).Last();
        var script = Path.Combine(workspace.Root, "migrations.sql");
        foreach (var (name, start) in new[] { ("From empty", 0), (Text($"From the level before, {previous}"), previous) })
        {
            await steps.RunAsync("Warm up", () => RoundAsync(operators, start, script, cancel));
            var rounds = new List<Times>();
            for (var round = 1; round <= options.Rounds; round++)
            {
                await steps.RunAsync($"{name}: round {round} of {options.Rounds}", async () => rounds.Add(await RoundAsync(operators, start, script, cancel)));
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

    private static async Task<Times> RoundAsync(OperatorConsole operators, int start, string script, CancellationToken cancel)
    {
        var (psql, up, migrations) = (0d, 0d, 0d);
        foreach (var isPsql in Ways.Shuffle())
        {
            await operators.CallAsync(["migrate", "down", "--to", $"{start}", "--yes"], cancel);
            if (isPsql)
            {
                await File.WriteAllTextAsync(script, (await operators.CallAsync(["migrate", "script"], cancel)).Output, cancel);
                psql = (await operators.RunAsync(Psql(script), cancel)).Time.TotalMilliseconds;
            }
            else
            {
                var ran = await operators.CallAsync(["migrate", "up"], cancel);
                up = ran.Time.TotalMilliseconds;
                migrations = Applied().Matches(ran.Output).Sum(match => double.Parse(match.Groups["ms"].ValueSpan, CultureInfo.InvariantCulture));
            }
        }

        return new(psql, up, migrations);
    }

    private static async Task<OperatorConsole> ProvisionAsync(string data, CancellationToken cancel)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var passwords = JsonNode.Parse(await File.ReadAllTextAsync(SignInTarget.FileIn(data, "role-passwords.json"), cancel))!;
        foreach (var role in (string[])["Owner", "App", "Operator"])
        {
            settings[$"Operations__{role}Password"] = (string)passwords[role]!;
        }

        var owner = new NpgsqlConnectionStringBuilder(await SignInTarget.ConnectionStringAsync(data, "Owner", cancel));
        var admin = new NpgsqlConnectionStringBuilder(owner.ConnectionString)
        {
            Database = "postgres",
            Username = "postgres",
            Password = await File.ReadAllTextAsync(SignInTarget.FileIn(data, "superuser.password"), cancel),
        };
        owner.Database = Database;
        settings["Operations__AdminConnectionString"] = admin.ConnectionString;
        settings["Operations__OwnerConnectionString"] = owner.ConnectionString;
        foreach (var (name, value) in new[] { ("PGHOST", owner.Host), ("PGPORT", $"{owner.Port}"), ("PGDATABASE", Database), ("PGUSER", owner.Username), ("PGPASSWORD", owner.Password) })
        {
            settings[name] = value!;
        }

        var operators = new OperatorConsole(settings);
        await operators.CallAsync(["provision", "--database", Database], cancel);
        await operators.CallAsync(["migrate", "up"], cancel);
        return operators;
    }

    private static ProcessStartInfo Psql(string script) => new(Postgres.Tool("psql"), ["-X", "-q", "-f", script]);

    private static IEnumerable<int> Versions() => Directory.EnumerateFiles(Path.Combine(OperatorConsole.Project, "Migrations"), "M*.up.sql")
        .Select(file => int.Parse(Path.GetFileName(file).AsSpan(1, 4), CultureInfo.InvariantCulture));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"applied in (?<ms>\d+) ms", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Applied();

    private sealed record Times(double Psql, double Up, double Migrations);
}
