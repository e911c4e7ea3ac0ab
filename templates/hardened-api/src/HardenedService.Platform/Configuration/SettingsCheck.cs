using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace HardenedService.Platform.Configuration;

/// <summary>Stands between the configuration and all options: a value is handed out once every setting was found sound.</summary>
internal sealed class SettingsCheck(
    IConfiguration configuration, IHostEnvironment environment, IEnumerable<OptionsSection> sections, IEnumerable<OptionsEntry> entries)
{
    private static readonly string[] EnvironmentNames = [Environments.Development, Environments.Staging, Environments.Production];

    // Set by service discovery, and not a misspelled Service.
    private static readonly string[] Strangers = ["Services"];

    private readonly Lazy<IReadOnlyList<SettingFault>> _faults =
        new(() => [.. Find(configuration, environment, sections, entries).OrderBy(fault => fault.Key, StringComparer.OrdinalIgnoreCase)]);

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
        IConfiguration configuration, IHostEnvironment environment, IEnumerable<OptionsSection> sections, IEnumerable<OptionsEntry> entries)
    {
        var registered = sections.ToList();

        return
        [
            .. EnvironmentFaults(environment),
            .. SecretFiles.FaultsIn(configuration),
            .. SpellingFaults(configuration, [.. registered.Select(section => section.Name.Split(':')[0]).Where(name => name.Length > 0).Distinct()]),
            .. entries.GroupBy(entry => entry.Section, entry => entry.Name).SelectMany(names => EntryFaults(configuration, names)),
            .. registered.SelectMany(section => new SectionCheck(section, configuration).Run(!environment.IsDevelopment())),
        ];
    }

    // Staging is a rehearsal of Production, and an environment of another name might be Production misspelled.
    private static IEnumerable<SettingFault> EnvironmentFaults(IHostEnvironment environment)
    {
        if (!EnvironmentNames.Contains(environment.EnvironmentName, StringComparer.OrdinalIgnoreCase))
        {
            yield return new SettingFault(
                "ASPNETCORE_ENVIRONMENT", "must be Development, Staging or Production; where DOTNET_ENVIRONMENT is set too, that one counts.");
        }
    }

    // The root is everybody's, so that a section unknown to us is a fault only if it looks like one of ours.
    private static IEnumerable<SettingFault> SpellingFaults(IConfiguration configuration, string[] names) =>
        from section in configuration.GetChildren()
        where section.GetChildren().Any()
            && !names.Concat(Strangers).Contains(section.Key, StringComparer.OrdinalIgnoreCase)
        let meant = Spelling.Nearest(section.Key, names)
        where meant is not null
        select new SettingFault(section.Key, $"is no section; presumably {meant} is meant.");

    private static IEnumerable<SettingFault> EntryFaults(IConfiguration configuration, IGrouping<string, string> names) =>
        from entry in configuration.GetSection(names.Key).GetChildren()
        where !names.Contains(entry.Key, StringComparer.Ordinal)
        select new SettingFault($"{names.Key}:{entry.Key}", $"is no setting; here there are {string.Join(", ", names)}.");
}

internal static class ConfigurationSections
{
    public static IConfiguration SectionOrRoot(this IConfiguration configuration, string section) =>
        section.Length == 0 ? configuration : configuration.GetSection(section);
}
