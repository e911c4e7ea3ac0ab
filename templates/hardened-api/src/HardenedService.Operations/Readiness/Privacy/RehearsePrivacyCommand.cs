using System.CommandLine;
using HardenedService.Operations.Configuration;
using HardenedService.Platform.Validation;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Readiness.Privacy;

/// <summary>The verb <c>readiness rehearse-privacy</c>.</summary>
internal static class RehearsePrivacyCommand
{
    private const int Wrong = 1;

    public static Command Create(IConfiguration configuration)
    {
        var email = new Option<string>("--email")
        {
            Description = "An address of yours that has no account: the service's mails to them go there.",
            HelpName = "address",
            Required = true,
        };
        email.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var value }] && !new MailAddressAttribute().IsValid(value))
            {
                result.AddError($"'{value}' is not an e-mail address.");
            }
        });
        var url = AddressOption.Create("--url", "Where the service answers. [default: as Service:Address and Service:Port say]");
        var command = new Command(
            "rehearse-privacy",
            "Makes somebody, has the service export and erase them, and looks in its database for what is left. Writes down what came of it. Exit codes: 0 nothing is left, 1 otherwise.")
        {
            email, url,
        };
        command.SetAction(async (call, cancel) =>
        {
            using var context = new ReadinessContext(configuration, new ReadinessFile(), repository: null, call.GetValue(url) ?? ServiceAddress.Public(configuration), management: null);

            try
            {
                return await new PrivacyRehearsal(context, call.InvocationConfiguration.Output).RunAsync(call.GetRequiredValue(email), cancel) ? 0 : Wrong;
            }
            catch (Exception exception) when (exception is InconclusiveException or HttpRequestException)
            {
                await call.InvocationConfiguration.Error.WriteLineAsync($"{exception.Message.TrimEnd('.')}. If somebody was made, `users disable` closes the account.");

                return Wrong;
            }
        });
        return command;
    }
}
