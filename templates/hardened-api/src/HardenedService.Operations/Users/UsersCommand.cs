using System.CommandLine;
using HardenedService.Platform.Validation;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Users;

/// <summary>The verbs <c>users create-admin</c>, <c>remove-admin</c>, <c>disable</c>, <c>enable</c> and <c>revoke-sessions</c>.</summary>
internal static class UsersCommand
{
    public static Command Create(IConfiguration configuration) => new(
        "users", "Looks after accounts, as the operator role: needs Operations:OperatorConnectionString. What it does holds on the next request.")
    {
        CreateAdmin(configuration),
        OfAddress(
            configuration,
            "remove-admin",
            "Takes the rights of an administrator away from an account, which stays.",
            (users, email, cancel) => users.RemoveAdministratorAsync(email, cancel),
            "is no administrator any more."),
        OfAddress(
            configuration,
            "disable",
            "Disables an account: its sessions end, and nobody signs in to it.",
            (users, email, cancel) => users.DisableAsync(email, cancel),
            "is disabled, and its sessions have ended."),
        OfAddress(
            configuration,
            "enable",
            "Enables an account again. Its former sessions stay ended.",
            (users, email, cancel) => users.EnableAsync(email, cancel),
            "is enabled."),
        RevokeSessions(configuration),
    };

    private static Command CreateAdmin(IConfiguration configuration)
    {
        var email = Email("email");
        var command = new Command(
            "create-admin",
            "Makes the account of this address an administrator, and creates it if there is none. A new one has no password: its owner sets one "
                + "by 'forgot password', which proves that the address is theirs.")
        {
            email,
        };
        command.SetAction(async (call, cancel) =>
        {
            var address = call.GetRequiredValue(email)!;
            var created = await Users(configuration).CreateAdministratorAsync(address, cancel);
            await call.InvocationConfiguration.Output.WriteLineAsync(created
                ? $"{address} is an administrator. The account is new: its password is set by 'forgot password' (POST /v1/accounts/forgot-password)."
                : $"{address} is an administrator. The account was there before, and keeps its password.");
        });
        return command;
    }

    private static Command RevokeSessions(IConfiguration configuration)
    {
        var email = Email("email", isOptional: true);
        var all = new Option<bool>("--all") { Description = "Everybody's." };
        var command = new Command("revoke-sessions", "Ends all sessions of one account, or everybody's.") { email, all };
        command.SetAction(async (call, cancel) =>
        {
            var output = call.InvocationConfiguration.Output;

            switch (call.GetValue(email), call.GetValue(all))
            {
                case (null, true):
                    await Users(configuration).RevokeAllSessionsAsync(cancel);
                    await output.WriteLineAsync("All sessions of all accounts have ended.");
                    break;
                case ({ } address, false):
                    Demand(await Users(configuration).RevokeSessionsAsync(address, cancel), address);
                    await output.WriteLineAsync($"All sessions of {address} have ended.");
                    break;
                default:
                    throw new UsageException("Name the address of one account, or say --all, and not both.");
            }
        });
        return command;
    }

    private static Command OfAddress(
        IConfiguration configuration, string verb, string description, Func<UserDirectory, string, CancellationToken, Task<bool>> act, string done)
    {
        var email = Email("email");
        var command = new Command(verb, description) { email };
        command.SetAction(async (call, cancel) =>
        {
            var address = call.GetRequiredValue(email)!;
            Demand(await act(Users(configuration), address, cancel), address);
            await call.InvocationConfiguration.Output.WriteLineAsync($"{address} {done}");
        });
        return command;
    }

    private static Argument<string?> Email(string name, bool isOptional = false)
    {
        var email = new Argument<string?>(name)
        {
            Description = "The account's address.",
            Arity = isOptional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        };
        email.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var value }] && !new MailAddressAttribute().IsValid(value))
            {
                result.AddError($"'{value}' is not an e-mail address.");
            }
        });
        return email;
    }

    private static UserDirectory Users(IConfiguration configuration) =>
        new(configuration.RequireConnectionString("Operations:OperatorConnectionString"));

    private static void Demand(bool found, string address)
    {
        if (!found)
        {
            throw new UserNotFoundException($"There is no account with the address {address}.");
        }
    }
}
