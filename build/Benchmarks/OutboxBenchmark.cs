using System.Globalization;
using Npgsql;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// What a message costs the request that writes it, against the same request without one; and how many messages one worker and four deliver in a
/// second, to a handler that does nothing, from a backlog that is due all at once.
/// </summary>
internal sealed class OutboxBenchmark(BenchmarkOptions options, IAnsiConsole console)
{
    private const int Backlog = 100_000;
    private const int SeedTimeout = 120;

    // Until the backlog is due: it is written, and each worker has seen that there is nothing yet.
    private static readonly TimeSpan Lead = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private static readonly string[] Paths = ["/v1/without", "/v1/with"];

    private const string Prepare =
        """
        create schema bench;
        create table bench.rows (id uuid primary key, text text not null);
        grant usage on schema bench to hardened_service_app;
        grant insert on bench.rows to hardened_service_app;
        """;

    // Copies of a message that a request wrote: its payload opens as any other does.
    private const string Seed =
        """
        create table if not exists bench.payload as
        select payload from platform.outbox_messages where kind = 'bench' and payload is not null limit 1;
        truncate platform.outbox_messages;
        insert into platform.outbox_messages (id, kind, payload, available_at)
        select gen_random_uuid(), 'bench', (select payload from bench.payload), $1
        from generate_series(1, $2);
        """;

    public async Task RunAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(console);
        var data = workspace.Folder("data");
        await steps.RunAsync("Build the service", () => SignInTarget.BuildAsync(cancel), _ => "Built the service in Release");
        var program = await steps.RunAsync(
            "Build the server", () => BenchServer.BuildAsync("OutboxHost", workspace.Folder("server"), cancel), _ => "Built the server in Release");
        await using var target = await steps.RunAsync("Start it", () => SignInTarget.StartAsync(data, cancel), _ => "Started it");
        var app = await SignInTarget.ConnectionStringAsync(data, "App", cancel);
        await using var owner = NpgsqlDataSource.Create(await SignInTarget.ConnectionStringAsync(data, "Owner", cancel));
        await using (var prepare = owner.CreateCommand(Prepare))
        {
            await prepare.ExecuteNonQueryAsync(cancel);
        }

        await CompareAsync(program, app, steps, cancel);

        foreach (var workers in new[] { 1, 4 })
        {
            var throughput = await steps.RunAsync($"Deliver with {workers}", () => DeliverAsync(program, app, owner, workers, cancel), _ => $"Delivered with {workers}");
            console.WriteLine(Text($"{workers} worker(s): {throughput:N0} messages a second, from a backlog of {Backlog:N0}."));
        }
    }

    private async Task CompareAsync(string program, string app, Steps steps, CancellationToken cancel)
    {
        await using var server = await BenchServer.StartAsync(program, cancel, app, "api");
        foreach (var connections in new[] { 1, options.Connections }.Distinct())
        {
            List<Load> loads = [.. Paths.Select(path => new Load(new(server.Address, path), method: "POST"))];
            var rounds = await Rounds.RunAsync(loads, connections, options, steps, cancel);
            var ratios = rounds.Select(round => round[1] / round[0]).Order().ToList();
            console.WriteLine(Text(
                $"{connections} at once: {Figures.Median(rounds.Select(round => round[0])):N0} requests a second without a message, {Figures.Median(rounds.Select(round => round[1])):N0} with one; {Figures.Median(ratios):0.00} of it ({ratios[0]:0.00} to {ratios[^1]:0.00})."));
        }
    }

    private static async Task<double> DeliverAsync(string program, string app, NpgsqlDataSource owner, int workers, CancellationToken cancel)
    {
        var servers = new List<BenchServer>();
        try
        {
            // Before there is anything, so that none of them starts while others work.
            await SeedAsync(owner, DateTime.UtcNow, 0, cancel);
            while (servers.Count < workers)
            {
                servers.Add(await BenchServer.StartAsync(program, cancel, app, "worker"));
            }

            var due = DateTime.UtcNow + Lead;
            await SeedAsync(owner, due, Backlog, cancel);
            if (DateTime.UtcNow > due)
            {
                throw new BuildException("The backlog was due before it was written.");
            }

            while (await AskAsync<bool>(owner, "select exists (select from platform.outbox_messages where kind = 'bench' and delivered_at is null and parked_at is null)", cancel))
            {
                await Task.Delay(Look, cancel);
            }

            return Backlog / await AskAsync<double>(
                owner, "select extract(epoch from max(delivered_at) - max(available_at))::float8 from platform.outbox_messages where delivered_at is not null", cancel);
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    private static async Task SeedAsync(NpgsqlDataSource owner, DateTime due, int count, CancellationToken cancel)
    {
        await using var batch = owner.CreateBatch();
        batch.Timeout = SeedTimeout;
        foreach (var statement in Seed.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var command = new NpgsqlBatchCommand(statement);
            if (statement.Contains("$1", StringComparison.Ordinal))
            {
                command.Parameters.Add(new() { Value = due });
                command.Parameters.Add(new() { Value = count });
            }

            batch.BatchCommands.Add(command);
        }

        batch.BatchCommands.Add(new("analyze platform.outbox_messages"));
        await batch.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<T> AskAsync<T>(NpgsqlDataSource owner, string sql, CancellationToken cancel)
    {
        await using var command = owner.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancel))!;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
