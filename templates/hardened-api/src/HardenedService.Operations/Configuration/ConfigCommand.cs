using System.CommandLine;
using HardenedService.Platform;
using HardenedService.Platform.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Configuration;

/// <summary>The verb <c>config check</c>.</summary>
internal static class ConfigCommand
{
    // The API's own settings files, which the build copies here.
    private static readonly string Files = Path.Combine(AppContext.BaseDirectory, "api");

    public static Command Create(IConfiguration configuration) => new("config", "Looks after the API's settings.") { Check(configuration) };

    private static Command Check(IConfiguration configuration)
    {
        var environment = new Option<string?>("--environment")
        {
            Description = "The environment to check for: Development, Staging or Production. "
                + "[default: the one that the API would take, from DOTNET_ENVIRONMENT, ASPNETCORE_ENVIRONMENT, or else Production]",
            HelpName = "name",
        };
        var command = new Command("check", "Checks the API's settings as the API would at its start, and starts nothing.") { environment };
        command.SetAction(async (call, _) =>
        {
            var builder = PlatformApplication.CreateBuilder(
                new WebApplicationOptions { ContentRootPath = Files, EnvironmentName = call.GetValue(environment) });
            builder.Configuration.AddConfiguration(configuration);
            builder.AddPlatform();
            var faults = builder.CheckSettings();

            if (faults.Count > 0)
            {
                throw new SettingsException(faults);
            }

            await call.InvocationConfiguration.Output.WriteLineAsync(
                $"The API's settings are sound for {builder.Environment.EnvironmentName}: its appsettings files, the environment variables here, "
                    + "and the files in Secrets:Directory. What features register for themselves is checked when the API starts. No connection was made.");
        });
        return command;
    }
}
