using HardenedService.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Configuration;

/// <summary>The API's settings, read as the API reads them: its appsettings files, the environment variables here, and the files in Secrets:Directory.</summary>
internal static class ApiSettings
{
    // The API's own settings files, which the build copies here.
    private static readonly string Files = Path.Combine(AppContext.BaseDirectory, "api");

    /// <summary>The platform as the API has it, neither built nor started.</summary>
    /// <param name="configuration">The console's settings, which win.</param>
    /// <param name="environment">The environment; null for the one that the API would take.</param>
    /// <exception cref="HardenedService.Platform.Configuration.SettingsException">A settings file cannot be read.</exception>
    public static WebApplicationBuilder Read(IConfiguration configuration, string? environment)
    {
        var builder = PlatformApplication.CreateBuilder(new WebApplicationOptions
        {
            ContentRootPath = Files,
            EnvironmentName = environment ?? configuration["DOTNET_ENVIRONMENT"] ?? configuration["ASPNETCORE_ENVIRONMENT"],
        });
        builder.Configuration.AddConfiguration(configuration);
        builder.AddPlatform();

        return builder;
    }
}
