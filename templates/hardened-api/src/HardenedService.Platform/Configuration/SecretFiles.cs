using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace HardenedService.Platform.Configuration;

/// <summary>
/// Settings from a directory with a file for each, as container platforms mount secrets. A line end at the end of a file does not
/// count. Unlike the framework's own provider, this one does not throw at a file that it cannot read: it is a fault like others.
/// </summary>
internal sealed class SecretFiles(string directory) : ConfigurationProvider, IConfigurationSource, IFaultySource
{
    private readonly List<SettingFault> _faults = [];

    public IEnumerable<SettingFault> Faults => _faults;

    /// <summary>What could not be read, in any source of the configuration.</summary>
    public static IEnumerable<SettingFault> FaultsIn(IConfiguration configuration) =>
        configuration is IConfigurationRoot root ? root.Providers.OfType<IFaultySource>().SelectMany(source => source.Faults) : [];

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        _faults.Clear();
        Data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

        if (!Directory.Exists(directory))
        {
            if (directory != SecretsOptions.DefaultDirectory)
            {
                _faults.Add(new($"{SecretsOptions.Section}:{nameof(SecretsOptions.Directory)}", "must be a directory that exists."));
            }

            return;
        }

        try
        {
            foreach (var file in Directory.EnumerateFiles(directory))
            {
                Read(file, Path.GetFileName(file).Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _faults.Add(new($"{SecretsOptions.Section}:{nameof(SecretsOptions.Directory)}", "cannot be read by this user."));
        }
    }

    private void Read(string file, string key)
    {
        try
        {
            Data[key] = File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _faults.Add(new(key, $"cannot be read from its file in {directory}: is it there, and may this user read it?"));
        }
    }
}

/// <summary>A source of settings that does not throw at what it cannot read: it is a fault like others, listed with them.</summary>
internal interface IFaultySource
{
    /// <summary>What is wrong with it.</summary>
    IEnumerable<SettingFault> Faults { get; }
}

/// <summary>Secrets as files, among the other sources of settings.</summary>
public static class SecretFilesExtensions
{
    /// <summary>
    /// Reads settings from the files of <see cref="SecretsOptions.Directory"/>. The environment and what comes after it win over them.
    /// </summary>
    /// <param name="configuration">The sources so far, with the environment among them.</param>
    public static void AddSecretFiles(this IConfigurationManager configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var directory = configuration[$"{SecretsOptions.Section}:{nameof(SecretsOptions.Directory)}"] ?? SecretsOptions.DefaultDirectory;
        var environment = configuration.Sources.OfType<EnvironmentVariablesConfigurationSource>().LastOrDefault();
        var position = environment is null ? 0 : configuration.Sources.IndexOf(environment);
        configuration.Sources.Insert(position, new SecretFiles(directory));
    }

    /// <summary>What could not be read.</summary>
    /// <param name="configuration">The settings.</param>
    /// <returns>A fault for each file, and one for a directory that is named and not there.</returns>
    public static IEnumerable<SettingFault> SecretFileFaults(this IConfiguration configuration) => SecretFiles.FaultsIn(configuration);
}
