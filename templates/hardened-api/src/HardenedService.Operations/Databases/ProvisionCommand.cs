using System.CommandLine;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Databases;

/// <summary>The verb <c>provision</c>.</summary>
internal static class ProvisionCommand
{
    private const int ShortestPassword = 16;

    public static Command Create(IConfiguration configuration)
    {
        var database = new Option<string>("--database")
        {
            Description = "The database's name.",
            DefaultValueFactory = _ => Provisioning.DefaultDatabase,
        };
        var script = new Option<bool>("--script")
        {
            Description = "Print the statements as a script for psql instead of running them; it needs no settings.",
        };
        var command = new Command(
            "provision",
            "Creates the three roles and the database, or corrects them; may be run again. Needs Operations:AdminConnectionString, "
                + "Operations:OwnerPassword, Operations:AppPassword and Operations:OperatorPassword.")
        {
            database,
            script,
        };
        command.SetAction(async (call, cancel) =>
        {
            var name = call.GetRequiredValue(database);
            var output = call.InvocationConfiguration.Output;
            if (call.GetValue(script))
            {
                await output.WriteLineAsync(Provisioning.Script(name));
                return;
            }

            var admin = configuration.RequireConnectionString("Operations:AdminConnectionString");
            await Provisioning.ApplyAsync(admin, name, Passwords(configuration), cancel);
            await output.WriteLineAsync(
                $"Database '{name}' is ready for {DatabaseRoles.Owner}, {DatabaseRoles.App} and {DatabaseRoles.Operator}.");
        });
        return command;
    }

    private static RolePasswords Passwords(IConfiguration configuration) => new(
        Password(configuration, "Operations:OwnerPassword"),
        Password(configuration, "Operations:AppPassword"),
        Password(configuration, "Operations:OperatorPassword"));

    /// <exception cref="UsageException">There is none, or it is too weak.</exception>
    internal static string Password(IConfiguration configuration, string key)
    {
        var password = configuration.Require(key);
        return password.Length >= ShortestPassword && password.All(character => character is >= ' ' and <= '~')
            ? password
            : throw new UsageException($"{key} must be at least {ShortestPassword} characters of printable ASCII.");
    }
}
