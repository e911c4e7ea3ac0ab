using System.CommandLine;
using HardenedService.Operations.Recovery;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Data;
using HardenedService.Platform.Security;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Operations.Configuration;

/// <summary>The verb <c>config check</c>.</summary>
internal static class ConfigCommand
{
    // As the alert KeyRingCertificateExpiring.
    private static readonly TimeSpan ExpiresSoon = TimeSpan.FromDays(21);

    private const int MostReplicas = 1000;

    public static Command Create(IConfiguration configuration) => new("config", "Looks after the API's settings.") { Check(configuration) };

    private static Command Check(IConfiguration configuration)
    {
        var environment = new Option<string?>("--environment")
        {
            Description = "The environment to check for: Development, Staging or Production. "
                + "[default: the one that the API would take, from DOTNET_ENVIRONMENT, ASPNETCORE_ENVIRONMENT, or else Production]",
            HelpName = "name",
        };
        var replicas = NumberOption.Create(
            "--replicas",
            otherwise: null,
            MostReplicas,
            "Also connect to the database as the API would: does it have room for so many replicas, and do the certificates of KeyRing open its keys? [default: no connection]");
        var command = new Command("check", "Checks the API's settings as the API would at its start, and starts nothing.") { environment, replicas };
        command.SetAction(async (call, cancel) =>
        {
            var output = call.InvocationConfiguration.Output;
            var builder = ApiSettings.Read(configuration, call.GetValue(environment));
            Demand(builder.CheckSettings());
            await output.WriteLineAsync(
                $"The API's settings are sound for {builder.Environment.EnvironmentName}: its appsettings files, the environment variables here, "
                    + "and the files in Secrets:Directory. What features register for themselves is checked when the API starts."
                    + (call.GetValue(replicas) == 0 ? " No connection was made." : ""));
            await WarnOfExpiryAsync(builder.Configuration, output);

            if (call.GetValue(replicas) is > 0 and var count)
            {
                await CheckDatabaseAsync(builder.Configuration, count, output, cancel);
            }
        });
        return command;
    }

    private static async Task WarnOfExpiryAsync(ConfigurationManager settings, TextWriter output)
    {
        using var certificate = settings.GetSection(KeyRingOptions.Section).Get<KeyRingOptions>()?.Certificate?.Open().Certificate;

        if (certificate is not null && certificate.NotAfter.ToUniversalTime() - TimeProvider.System.GetUtcNow().UtcDateTime < ExpiresSoon)
        {
            await output.WriteLineAsync(
                $"Warning: the certificate of KeyRing ends on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}. It works on afterwards; docs/rotation.md tells how to replace it.");
        }
    }

    private static async Task CheckDatabaseAsync(ConfigurationManager settings, int replicas, TextWriter output, CancellationToken cancel)
    {
        var options = settings.GetSection(DatabaseOptions.Section).Get<DatabaseOptions>()!;
        var connection = DatabasePool.Settings(options);
        connection.Pooling = false;

        var faults = new List<SettingFault>();

        try
        {
            var budget = new ConnectionBudget(replicas, options, await ServerRoom.ReadAsync(connection.ConnectionString, cancel));
            faults.AddRange(budget.Faults);

            if (faults.Count == 0)
            {
                await output.WriteLineAsync($"Connections: {budget.Sum}");
            }

            await output.WriteLineAsync(await KeyRingCheck.RunAsync(settings, connection.ConnectionString) is { } keys
                ? $"Key ring: its keys, {keys} of them, open with the certificates of KeyRing."
                : "Key ring: no certificate is named.");
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            await output.WriteLineAsync("Key ring: none yet, since the database has not been migrated.");
        }
        catch (RecoveryException exception)
        {
            faults.Add(new($"{KeyRingOptions.Section}:{nameof(KeyRingOptions.Certificate)}", exception.Message));
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            throw new SettingsException($"The database could not be asked, so that neither connections nor key ring are checked: {exception.Message}", exception);
        }

        Demand(faults);
    }

    private static void Demand(IReadOnlyList<SettingFault> faults)
    {
        if (faults.Count > 0)
        {
            throw new SettingsException(faults);
        }
    }
}
