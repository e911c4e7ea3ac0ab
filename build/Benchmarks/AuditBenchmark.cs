using System.Diagnostics;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// What an audit record costs who writes it: many writers, each commit with one record, against as many that insert one row of the same size
/// into a table without more than its key. The service seals meanwhile, as it always does. Rounds are interleaved.
/// </summary>
internal sealed class AuditBenchmark(BenchmarkOptions options, IAnsiConsole console)
{
    private const int Writers = 16;

    private const string Plain =
        """
        insert into bench.plain (id, organization_id, action, outcome, actor_kind, actor_id, subject_id, session_id, trace_id, ip, user_agent)
        values ($1, null, 'bench.written', 'success', 'account', $2, $3, $4, $5, $6, $7)
        """;

    // As AuditTrail has it.
    private const string Audit =
        """
        with record as (
          insert into audit.records (id, organization_id, action, outcome, actor_kind, actor_id, subject_id, session_id, trace_id)
          values ($1, null, 'bench.written', 'success', 'account', $2, $3, $4, $5)
        ), details as (
          insert into audit.details (record_id, organization_id, ip, email, normalized_email, user_agent)
          values ($1, null, $6, null, null, $7)
        )
        insert into audit.pending (record_id)
        values ($1)
        """;

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        var data = workspace.Folder("data");
        await steps.RunAsync("Build the service", () => SignInTarget.BuildAsync(cancel), _ => "Built the service in Release");
        await using var target = await steps.RunAsync("Start it", () => SignInTarget.StartAsync(data, cancel), _ => "Started it");
        await PrepareAsync(await SignInTarget.ConnectionStringAsync(data, "Owner", cancel), cancel);
        await using var database = NpgsqlDataSource.Create($"{await SignInTarget.ConnectionStringAsync(data, "App", cancel)};Maximum Pool Size={Writers}");

        await steps.RunAsync("Warm up", () => RoundAsync(database, cancel));
        var rounds = new List<(double Plain, double Audit)>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            await steps.RunAsync($"Round {round} of {options.Rounds}", async () => rounds.Add(await RoundAsync(database, cancel)));
        }

        var ratios = rounds.Select(round => round.Audit / round.Plain).Order().ToList();
        console.WriteLine(Text(
            $"{Writers} writers: {Figures.Median(rounds.Select(round => round.Plain)):N0} plain inserts a second, {Figures.Median(rounds.Select(round => round.Audit)):N0} audit records; a record is {Figures.Median(ratios):0.00} of a plain insert ({ratios[0]:0.00} to {ratios[^1]:0.00})."));
    }

    private async Task<(double Plain, double Audit)> RoundAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        var throughput = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var statement in new[] { Plain, Audit }.Shuffle())
        {
            throughput[statement] = await WriteAsync(database, statement, cancel);
        }

        return (throughput[Plain], throughput[Audit]);
    }

    // Commits in a second, of all writers together.
    private async Task<double> WriteAsync(NpgsqlDataSource database, string statement, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(
            async () =>
            {
                await using var connection = await database.OpenConnectionAsync(cancel);
                var count = 0;
                for (; watch.Elapsed < options.Slot; count++)
                {
                    await using var command = new NpgsqlCommand(statement, connection);
                    command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
                    command.Parameters.Add(new() { Value = Guid.NewGuid() });
                    command.Parameters.Add(new() { Value = Guid.NewGuid() });
                    command.Parameters.Add(new() { Value = Guid.NewGuid() });
                    command.Parameters.Add(new() { Value = Guid.NewGuid().ToString("N") });
                    command.Parameters.Add(new() { Value = System.Net.IPAddress.Loopback, NpgsqlDbType = NpgsqlDbType.Inet });
                    command.Parameters.Add(new() { Value = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" });
                    await command.ExecuteNonQueryAsync(cancel);
                }

                return count;
            },
            cancel)));

        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    private static async Task PrepareAsync(string owner, CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(owner);
        await using var command = database.CreateCommand(
            """
            create schema bench;
            create table bench.plain (
              id uuid primary key,
              occurred_at timestamptz not null default clock_timestamp(),
              organization_id uuid, action text, outcome text, actor_kind text, actor_id uuid, subject_id uuid, session_id uuid, trace_id text,
              ip inet, user_agent text
            );
            grant usage on schema bench to hardened_service_app;
            grant insert on bench.plain to hardened_service_app;
            """);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
