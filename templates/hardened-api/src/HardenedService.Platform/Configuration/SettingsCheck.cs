using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace HardenedService.Platform.Configuration;

/// <summary>Stands between the configuration and all options: a value is handed out once every setting was found sound.</summary>
internal sealed class SettingsCheck(IConfiguration configuration, IHostEnvironment environment, IEnumerable<OptionsSection> sections)
{
    private static readonly string[] EnvironmentNames = [Environments.Development, Environments.Staging, Environments.Production];

    private readonly Lazy<IReadOnlyList<SettingFault>> _faults =
        new(() => [.. Find(configuration, environment, sections).OrderBy(fault => fault.Key, StringComparer.OrdinalIgnoreCase)]);

    /// <summary>All that is wrong, ordered by key.</summary>
    public IReadOnlyList<SettingFault> Faults => _faults.Value;

    /// <summary>Returns if nothing is wrong.</summary>
    /// <exception cref="SettingsException">Something is.</exception>
    public void Demand()
    {
        if (Faults.Count > 0)
        {
            throw new SettingsException(Faults);
        }
    }

    public void Bind(object options, string section)
    {
        Demand();
        configuration.SectionOrRoot(section).Bind(options);
    }

    private static IEnumerable<SettingFault> Find(
        IConfiguration configuration, IHostEnvironment environment, IEnumerable<OptionsSection> sections)
    {
        // Staging is a rehearsal of Production, and an environment of another name might be Production misspelled.
        if (!EnvironmentNames.Contains(environment.EnvironmentName, StringComparer.OrdinalIgnoreCase))
        {
            yield return new SettingFault("ASPNETCORE_ENVIRONMENT", "must be Development, Staging or Production.");
        }

        foreach (var fault in SecretFiles.FaultsIn(configuration))
        {
            yield return fault;
        }

        foreach (var fault in sections.SelectMany(section => new SectionCheck(section, configuration).Run(!environment.IsDevelopment())))
        {
            yield return fault;
        }
    }
}

internal static class ConfigurationSections
{
    public static IConfiguration SectionOrRoot(this IConfiguration configuration, string section) =>
        section.Length == 0 ? configuration : configuration.GetSection(section);
}
