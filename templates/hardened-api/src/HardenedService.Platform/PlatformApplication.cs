using System.Text.Json;
using HardenedService.Platform.Configuration;
using Microsoft.AspNetCore.Builder;

namespace HardenedService.Platform;

/// <summary>Begins the application.</summary>
public static class PlatformApplication
{
    /// <summary>
    /// As <see cref="WebApplication.CreateBuilder(string[])"/>, which reads the settings files. One that cannot be read refuses the start as
    /// any other fault of the settings does, without a stack trace.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <returns>The application under construction.</returns>
    /// <exception cref="SettingsException">A settings file cannot be read.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args) => CreateBuilder(new WebApplicationOptions { Args = args });

    /// <inheritdoc cref="CreateBuilder(string[])"/>
    /// <param name="options">What the host starts with.</param>
    public static WebApplicationBuilder CreateBuilder(WebApplicationOptions options)
    {
        SettingsException.EndsTheProcess();

        try
        {
            return WebApplication.CreateBuilder(options);
        }
        catch (InvalidDataException exception)
        {
            // The file, the reason, and where: the parser's own words could quote what stands there.
            var line = exception.GetBaseException() is JsonException { LineNumber: { } number } ? $" Line {number + 1}." : "";

            throw new SettingsException($"{exception.Message} {exception.InnerException?.Message}{line}", exception);
        }
    }
}
