using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HardenedService.Platform.Configuration;

/// <summary>How this solution binds options.</summary>
public static class OptionsExtensions
{
    /// <summary>
    /// Binds <typeparamref name="TOptions"/> to a section. No option of any section has a value before all sections are found sound:
    /// a key that no option reads, a value that does not convert, an annotation, an <see
    /// cref="System.ComponentModel.DataAnnotations.IValidatableObject"/> or, outside of Development, an <see cref="IProductionRules"/>
    /// that is not content refuses the start, and all faults are listed together.
    /// </summary>
    /// <typeparam name="TOptions">The record that documents and validates the section.</typeparam>
    /// <param name="builder">The application under construction.</param>
    /// <param name="section">The section's name.</param>
    public static void AddOptions<TOptions>(this WebApplicationBuilder builder, string section)
        where TOptions : class =>
        builder.AddOptions<TOptions>(section, shared: false);

    /// <summary>Checks the settings of an application without building or starting it.</summary>
    /// <param name="builder">The application under construction, with its options registered.</param>
    /// <returns>All that is wrong, ordered by key.</returns>
    public static IReadOnlyList<SettingFault> CheckSettings(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var registered = builder.Services.Select(service => service.ImplementationInstance).ToList();

        return new SettingsCheck(
            builder.Configuration, builder.Environment, registered.OfType<OptionsSection>(), registered.OfType<OptionsEntry>()).Faults;
    }

    /// <summary>As <see cref="AddOptions{TOptions}(WebApplicationBuilder, string)"/>, for a section that the framework reads too: a key that the record does not know is no fault.</summary>
    internal static void AddSharedOptions<TOptions>(this WebApplicationBuilder builder, string section)
        where TOptions : class =>
        builder.AddOptions<TOptions>(section, shared: true);

    /// <summary>Lets a dictionary among the options have an entry of this name, and no more of names that were not registered.</summary>
    internal static void AddOptionsEntry(this WebApplicationBuilder builder, string section, string name) =>
        builder.Services.AddSingleton(new OptionsEntry(section, name));

    /// <summary>
    /// As <see cref="AddOptions{TOptions}(WebApplicationBuilder, string)"/>, for one of several sections of a kind, <c>section:name</c>: its
    /// options are those of that name, and in <paramref name="section"/> there are no others than those registered.
    /// </summary>
    internal static void AddNamedOptions<TOptions>(this IServiceCollection services, string section, string name)
        where TOptions : class
    {
        services.AddSingleton(new OptionsEntry(section, name));
        services.AddSingleton(new OptionsSection(typeof(TOptions), $"{section}:{name}", Shared: false));
        services.AddOptions<TOptions>(name).Configure<SettingsCheck>((options, check) => check.Bind(options, $"{section}:{name}"));
    }

    /// <summary>Reads secrets from files, and checks all settings before the host does anything else.</summary>
    internal static void AddSettings(this WebApplicationBuilder builder)
    {
        builder.Configuration.AddSecretFiles();
        builder.Services.AddSingleton<SettingsCheck>();
        builder.AddOptions<SecretsOptions>(SecretsOptions.Section);
        builder.AddOptions<ServiceOptions>(ServiceOptions.Section);
        builder.AddSharedOptions<AllowedHostsOptions>(AllowedHostsOptions.Section);

        // The host's constructor asks for these: before any hosted service, any listener and any middleware.
        builder.Services.AddOptions<HostOptions>().Configure<SettingsCheck>((_, check) => check.Demand());

        SettingsException.EndsTheProcess();
    }

    private static void AddOptions<TOptions>(this WebApplicationBuilder builder, string section, bool shared)
        where TOptions : class
    {
        builder.Services.AddSingleton(new OptionsSection(typeof(TOptions), section, shared));
        builder.Services.AddOptions<TOptions>().Configure<SettingsCheck>((options, check) => check.Bind(options, section));
    }
}
