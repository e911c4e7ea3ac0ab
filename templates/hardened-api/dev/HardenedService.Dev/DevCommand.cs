using System.CommandLine;
using HardenedService.Operations.Databases;
using HardenedService.Operations.Migrations;
using HardenedService.Operations.Postgres;
using Npgsql;

namespace HardenedService.Dev;

/// <summary>The command line: options in, exit code out (0 after Ctrl-C or SIGTERM, 1 when something failed, and when what was to be judged was stopped).</summary>
internal static class DevCommand
{
    private const int Failed = 1;

    private static readonly Option<int> Port = PortOption("--port", 5080, "The API's port.");
    private static readonly Option<int> ManagementPort = PortOption("--management-port", 5081, "The port of health and diagnostics.");
    private static readonly Option<int> MailPort = PortOption("--mail-port", 5082, "The port that lists the caught mails, at /mails?to=<address>.");

    private static readonly Option<string> Data = new("--data")
    {
        Description = "The directory that keeps the database between runs. [default: .dev beside the solution]",
        HelpName = "directory",
    };

    private static readonly Option<bool> Reset = new("--reset") { Description = "Start with an empty database." };

    private static readonly Option<string> Environment = new("--environment")
    {
        Description = "The environment that the API believes to be in.",
        HelpName = "name",
        DefaultValueFactory = _ => "Development",
    };

    private static readonly Option<string> Postgres = new("--postgres")
    {
        Description = "The directory of PostgreSQL's programs, version 15 or newer. [default: searched on PATH and where installers put it]",
        HelpName = "directory",
    };

    private static readonly Option<bool> Observe = new("--observe") { Description = "Start Prometheus and Grafana too, as far as this machine has them, with the rules and dashboards in ops." };

    public static Task<int> InvokeAsync(string[] args)
    {
        var command = new RootCommand("Runs Hardened Service on this machine: a private PostgreSQL, migrated, a mail catcher, and the API. Ctrl-C stops it all.")
        {
            Port, ManagementPort, MailPort, Data, Reset, Environment, Postgres, Observe,
        };
        command.SetAction((call, _) => RunAsync(async stop =>
        {
            DevRun.Say(await DevRun.RunAsync(Options(call), stop));
            return Failed;
        }, stopped: 0));
        command.Subcommands.Add(DrillOf());
        command.Subcommands.Add(ReadinessOf());

        // Signals are ours: the library would cut a stop short.
        return command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static Command DrillOf()
    {
        var postgres = new Option<string?>("--postgres") { Description = Postgres.Description, HelpName = Postgres.HelpName };
        var command = new Command("drill", "Runs the service on a database that is thrown away, backs that up, restores the backup, and looks at it from all sides.") { postgres };
        command.SetAction((call, _) => RunAsync(async stop =>
        {
            DevRun.Say(await Drill.RunAsync(call.GetValue(postgres), stop));
            return 0;
        }, stopped: Failed));

        return command;
    }

    private static Command ReadinessOf()
    {
        var tier = new Option<string>("--tier") { Description = "must, 30d or all, as the console's verb takes it.", DefaultValueFactory = _ => "must" };
        tier.AcceptOnlyFromAmong("must", "30d", "all");
        var postgres = new Option<string?>("--postgres") { Description = Postgres.Description, HelpName = Postgres.HelpName };
        var html = new Option<FileInfo?>("--html") { Description = "Also write the report to this file, as a page, and beside it report.json. The page tells what is different from the report.json that lay there." };
        var command = new Command("readiness", "Runs the service on a database that is thrown away, and judges this build as a candidate for a release.") { tier, html, postgres };
        command.SetAction((call, _) => RunAsync(async stop =>
        {
            DevRun.Say(await Candidate.RunAsync(call.GetRequiredValue(tier), call.GetValue(html), call.GetValue(postgres), stop));
            return 0;
        }, stopped: Failed));

        return command;
    }

    private static DevOptions Options(ParseResult call) => new(
        call.GetValue(Port),
        call.GetValue(ManagementPort),
        call.GetValue(MailPort),
        call.GetValue(Data) ?? SolutionFolder.Of(".dev"),
        call.GetValue(Reset),
        call.GetRequiredValue(Environment),
        call.GetValue(Postgres),
        call.GetValue(Observe));

    // Whoever stops the service is done with it; a drill or a judgement that was stopped has shown nothing.
    private static async Task<int> RunAsync(Func<CancellationToken, Task<int>> run, int stopped)
    {
        using var stop = new StopRequest();
        try
        {
            return await run(stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            DevRun.Say("stopped");
            return stopped;
        }
        catch (Exception exception) when (exception is DevException or PostgresNotFoundException or LocalClusterException
            or ProvisioningException or MigrationException or NpgsqlException or IOException or UnauthorizedAccessException)
        {
            DevRun.Say(exception.Message);
            return Failed;
        }
    }

    private static Option<int> PortOption(string name, int port, string description) =>
        new(name) { Description = description, HelpName = "port", DefaultValueFactory = _ => port };
}
