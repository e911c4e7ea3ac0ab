using HardenedService.Platform.Configuration;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Operations;

/// <summary>Reads settings, and says in one line what is missing.</summary>
internal static class Settings
{
    /// <exception cref="UsageException">Missing, or not a connection string. The message does not repeat the value: it holds a password.</exception>
    public static string RequireConnectionString(this IConfiguration configuration, string key)
    {
        var value = configuration.Require(key);
        try
        {
            return new NpgsqlConnectionStringBuilder(value).ConnectionString;
        }
        catch (ArgumentException)
        {
            throw new UsageException($"{key} is not a PostgreSQL connection string; it looks like Host=…;Database=…;Username=…;Password=….");
        }
    }

    /// <exception cref="UsageException">Missing, or in a file that cannot be read.</exception>
    public static string Require(this IConfiguration configuration, string key)
    {
        if (configuration.SecretFileFaults().ToList() is { Count: > 0 } faults)
        {
            throw new UsageException(string.Join(Environment.NewLine, faults));
        }

        var value = configuration[key];
        return string.IsNullOrWhiteSpace(value)
            ? throw new UsageException(
                $"{key} is not set; set the environment variable {key.Replace(":", "__", StringComparison.Ordinal)}.")
            : value;
    }
}
