using System.CommandLine;
using HardenedService.Operations;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>`bench`: what the baseline costs, as a ratio against a bare server in the same run; what passwords cost, and what tenants do.</summary>
internal static class BenchCommand
{
    private static readonly Option<int> Connections = NumberOption.Create("--connections", 32, 1000, "How many connections ask at once.");
    private static readonly Option<int> Rounds = NumberOption.Create("--rounds", 7, 1000, "How many rounds; figures are their medians.");
    private static readonly Option<int> Slot = NumberOption.Create("--slot", 1000, 600_000, "How long each server is asked in a round, in milliseconds.");
    private static readonly Option<bool> Layers = new("--layers") { Description = "Measure the pipeline layer by layer, too." };
    private static readonly Option<string?> Json = new("--json") { Description = "Write the figures to this file, too." };

    private static readonly Option<bool> SignIn = new("--sign-in") { Description = "Measure signing in instead, against a PostgreSQL of its own." };
    private static readonly Option<bool> Sessions = new("--sessions") { Description = "Measure sessions instead, against those of plain Identity." };
    private static readonly Option<bool> Audit = new("--audit") { Description = "Measure audit records instead, against plain inserts." };
    private static readonly Option<bool> Tenants = new("--tenants") { Description = "Measure what keeps tenants apart instead, on a million rows." };
    private static readonly Option<bool> Uploads = new("--uploads") { Description = "Measure the memory that uploads take instead (Linux)." };
    private static readonly Option<bool> Outbox = new("--outbox") { Description = "Measure the outbox instead: what a message costs, and how many are delivered in a second." };
    private static readonly Option<bool> Outbound = new("--outbound") { Description = "Measure calls to other systems instead, against a bare HttpClient." };
    private static readonly Option<bool> Telemetry = new("--telemetry") { Description = "Measure what telemetry costs instead, and memory while its collector is dead." };
    private static readonly Option<bool> Migrations = new("--migrations") { Description = "Measure `migrate up` instead, against psql with the same scripts." };
    private static readonly Option<bool> Backup = new("--backup") { Description = "Measure backups and restores instead, against pg_basebackup, pg_dump and pg_restore by hand; one round, if --rounds is not given." };
    private static readonly Option<int> Size = NumberOption.Create("--size", 1024, 1_000_000, "With --backup: of how much, in MiB.");
    private static readonly Option<bool> OfLoad = new("--load") { Description = "Measure the load generator of the operator's console instead, beside wrk." };
    private static readonly Option<int> Outage = NumberOption.Create("--outage", 10, 600, "With --telemetry: how many minutes the collector stays dead.");
    private static readonly Option<int> SignIns = NumberOption.Create("--sign-ins", 50, 10_000, "How many bad sign-ins to each kind of address.");

    public static Command Create()
    {
        var command = new Command("bench", "Measures the pipeline against a bare minimal API, or what passwords cost.")
        {
            Connections, Rounds, Slot, Layers, Json, SignIn, SignIns, Sessions, Audit, Tenants, Uploads, Outbox, Outbound, Telemetry, Outage, Migrations, Backup, Size, OfLoad,
        };
        command.SetAction(arguments => Outcome.OfAsync(cancel =>
        {
            var options = new BenchmarkOptions(
                arguments.GetRequiredValue(Connections),
                arguments.GetRequiredValue(Rounds),
                TimeSpan.FromMilliseconds(arguments.GetRequiredValue(Slot)),
                arguments.GetValue(Layers),
                arguments.GetValue(Json));
            return arguments.GetValue(SignIn) ? new SignInBenchmark(arguments.GetRequiredValue(SignIns), Terminal.Output).RunAsync(cancel)
                : arguments.GetValue(Sessions) ? new SessionBenchmark(options, Terminal.Output).RunAsync(cancel)
                : arguments.GetValue(Audit) ? new AuditBenchmark(options, Terminal.Output).RunAsync(cancel)
                : arguments.GetValue(Tenants) ? new TenantBenchmark(options, Terminal.Output).RunAsync(cancel)
                : arguments.GetValue(Uploads) ? new UploadBenchmark(options, Terminal.Output).RunAsync(cancel)
                : arguments.GetValue(Outbox) ? new OutboxBenchmark(options, Terminal.Output).RunAsync(cancel)
                : arguments.GetValue(Outbound) ? new OutboundBenchmark(options, Terminal.Output).RunAsync(cancel)
                : arguments.GetValue(Migrations) ? new MigrationBenchmark(options, Terminal.Output).RunAsync(cancel)
                : arguments.GetValue(Backup) ? new BackupBenchmark(arguments.GetRequiredValue(Size), arguments.GetResult(Rounds) is { Implicit: false } ? options.Rounds : 1, Terminal.Output).RunAsync(cancel)
                : arguments.GetValue(OfLoad) ? new LoadBenchmark(options, Terminal.Output).RunAsync(cancel)
                : arguments.GetValue(Telemetry) ? new TelemetryBenchmark(options, TimeSpan.FromMinutes(arguments.GetRequiredValue(Outage)), Terminal.Output).RunAsync(cancel)
                : new PipelineBenchmark(options, Terminal.Output).RunAsync(cancel);
        }));
        return command;
    }
}
