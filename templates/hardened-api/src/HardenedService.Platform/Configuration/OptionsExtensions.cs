using Microsoft.AspNetCore.Builder;
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
}
