using System.CommandLine;
using HardenedService.Platform.Configuration;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Databases;

/// <summary>The verbs <c>rotate begin</c> and <c>rotate end</c>.</summary>
internal static class RotateCommand
{
    private const string Password = "Operations:AppPassword";

    public static Command Create(IConfiguration configuration) => new(
        "rotate",
        "Changes the API's password of the database while replicas serve (docs/rotation.md). Needs Operations:AdminConnectionString, and the new password as Operations:AppPassword.")
    {
        Begin(configuration),
        End(configuration),
    };

    private static Command Begin(IConfiguration configuration)
    {
        var database = Database();
        var command = new Command("begin", "Gives the new password to a role that nobody uses yet, and says which. May be run again.") { database };
        command.SetAction(async (call, cancel) =>
        {
            var next = await Rotation(configuration, call.GetRequiredValue(database)).BeginAsync(cancel);
            await call.InvocationConfiguration.Output.WriteLineAsync(
                $"{next} has the new password. Roll out replicas whose Database:ConnectionString has Username={next} and that password; then run `rotate end`.");
        });
        return command;
    }

    private static Command End(IConfiguration configuration)
    {
        var database = Database();
        var command = new Command("end", "Takes the old password away, once no replica is connected with it.") { database };
        command.SetAction(async (call, cancel) =>
        {
            var (old, current) = await Rotation(configuration, call.GetRequiredValue(database)).EndAsync(cancel);
            await call.InvocationConfiguration.Output.WriteLineAsync($"{old} has no password any more; the API is {current}.");
        });
        return command;
    }

    private static Option<string> Database() => new("--database")
    {
        Description = "The database's name.",
        DefaultValueFactory = _ => Provisioning.DefaultDatabase,
    };

    private static PasswordRotation Rotation(IConfiguration configuration, string database)
    {
        var password = ProvisionCommand.Password(configuration, Password);

        return DevelopmentSecret.Recognizes(password)
            ? throw new UsageException($"{Password} {DevelopmentSecret.Fault}")
            : new(configuration.RequireConnectionString("Operations:AdminConnectionString"), database, password);
    }
}
