using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Configuration;

/// <summary>How this solution binds options.</summary>
public static class OptionsExtensions
{
    /// <summary>
    /// Binds <typeparamref name="TOptions"/> to a section, checks its annotations when the host starts, and refuses a key that
    /// no option reads, since it is nearly always a misspelled one.
    /// </summary>
    /// <typeparam name="TOptions">The record that documents and validates the section.</typeparam>
    /// <param name="builder">The application under construction.</param>
    /// <param name="section">The section's name.</param>
    public static void AddOptions<TOptions>(this WebApplicationBuilder builder, string section)
        where TOptions : class =>
        builder.Services
            .AddOptions<TOptions>()
            .BindConfiguration(section, binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();

    /// <summary>Reads a section while services are still being registered. Faults in it are reported when the host starts.</summary>
    /// <typeparam name="TOptions">The record that the section binds to.</typeparam>
    /// <param name="configuration">The configuration.</param>
    /// <param name="section">The section's name.</param>
    /// <returns>The bound options, defaults where the section says nothing.</returns>
    public static TOptions Read<TOptions>(this IConfiguration configuration, string section)
        where TOptions : class, new() =>
        configuration.GetSection(section).Get<TOptions>() ?? new TOptions();
}
