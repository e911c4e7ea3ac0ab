using System.CommandLine;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Migrations;

/// <summary>The verbs <c>migrate up</c>, <c>down</c>, <c>status</c>, <c>script</c>, <c>lint</c> and <c>release</c>.</summary>
internal static class MigrateCommand
{
    public static Command Create(IConfiguration configuration) => new(
        "migrate", "Moves the schema, as the owner role: needs Operations:OwnerConnectionString.")
    {
        Up(configuration),
        Down(configuration),
        Status(configuration),
        Script(configuration),
        LintCommand.Lint(),
        LintCommand.Release(),
    };

    private static Command Up(IConfiguration configuration)
    {
        var to = new Option<long?>("--to") { Description = "The last migration to apply; all of them if not given." };
        var minutes = NumberOption.Create("--statement-timeout", (int)new MigratorOptions().StatementTimeout.TotalMinutes, 10_080, "How many minutes one statement may run.");
        var command = new Command("up", "Applies the pending migrations, if they pass the lint.") { to, minutes };
        command.SetAction((call, cancel) =>
            Migrator(configuration, call, new() { StatementTimeout = TimeSpan.FromMinutes(call.GetRequiredValue(minutes)) }).UpAsync(call.GetValue(to), cancel));
        return command;
    }

    private static Command Down(IConfiguration configuration)
    {
        var to = new Option<long>("--to") { Description = "The last migration to keep; 0 keeps none.", Required = true };
        var yes = new Option<bool>("--yes") { Description = "Do it in production too: the data goes with the tables." };
        var command = new Command("down", "Takes migrations back, with the data that they brought.") { to, yes };
        command.SetAction((call, cancel) =>
        {
            if (IsProduction(configuration) && !call.GetValue(yes))
            {
                throw new UsageException(
                    "Taking migrations back destroys data, and this is production (which is what an unnamed environment counts as): "
                        + "repeat the call with --yes, or set DOTNET_ENVIRONMENT.");
            }

            return Migrator(configuration, call).DownAsync(call.GetValue(to), cancel);
        });
        return command;
    }

    private static Command Status(IConfiguration configuration)
    {
        var command = new Command("status", "Shows what is applied, what is pending and what the lint lets pass by an assurance, and changes nothing.");
        command.SetAction(async (call, cancel) =>
            (await Migrator(configuration, call).StatusAsync(cancel)).WriteTo(call.InvocationConfiguration.Output));
        return command;
    }

    private static Command Script(IConfiguration configuration)
    {
        var command = new Command("script", "Prints the pending migrations as a script for psql, and changes nothing.");
        command.SetAction((call, cancel) => Migrator(configuration, call).WriteScriptAsync(cancel));
        return command;
    }

    private static Migrator Migrator(IConfiguration configuration, ParseResult call, MigratorOptions? options = null) => new(
        configuration.RequireConnectionString("Operations:OwnerConnectionString"), call.InvocationConfiguration.Output, options);

    private static bool IsProduction(IConfiguration configuration)
    {
        string?[] named = [configuration["DOTNET_ENVIRONMENT"], configuration["ASPNETCORE_ENVIRONMENT"]];
        return named.Any(name => string.Equals(name, "Production", StringComparison.OrdinalIgnoreCase))
            || named.All(string.IsNullOrEmpty);
    }
}
