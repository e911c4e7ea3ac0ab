using System.CommandLine;
using HardenedService.Operations.Auditing;
using HardenedService.Operations.Configuration;
using HardenedService.Operations.Databases;
using HardenedService.Operations.Load;
using HardenedService.Operations.Migrations;
using HardenedService.Operations.Outbox;
using HardenedService.Operations.Passwords;
using HardenedService.Operations.Postgres;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Recovery;
using HardenedService.Operations.Users;
using HardenedService.Platform.Configuration;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Operations;

/// <summary>The operator's console. Exit codes: 0 done, 1 failed, 2 wrong usage.</summary>
internal static class OperationsConsole
{
    private const int Failed = 1;
    private const int WrongUsage = 2;

    public static async Task<int> InvokeAsync(
        string[] args, IConfiguration configuration, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        try
        {
            var call = Root(configuration).Parse(args);
            var code = await call.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = output,
                    Error = error,
                    EnableDefaultExceptionHandler = false,

                    // Signals are the caller's: the library would cut a migration short two seconds after one.
                    ProcessTerminationTimeout = null,
                },
                cancel);
            return call.Errors.Count == 0 ? code : WrongUsage;
        }
        catch (UsageException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return WrongUsage;
        }
        catch (Exception exception) when (exception is MigrationException or ProvisioningException or SettingsException or UserNotFoundException or NotParkedException
            or RecoveryException or InconclusiveException or LoadException or LocalClusterException or PostgresNotFoundException or NpgsqlException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(exception.Message);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("Cancelled; what is reported above is done, and nothing else.");
            return Failed;
        }
    }

    /// <summary>The verbs.</summary>
    internal static RootCommand Root(IConfiguration configuration) =>
        new(
            "Operates Hardened Service. Settings come from environment variables such as Operations__OwnerConnectionString, "
                + "or from files of that name in /run/secrets. Exit codes: 0 done, 1 failed, 2 wrong usage.")
        {
            MigrateCommand.Create(configuration),
            ProvisionCommand.Create(configuration),
            RotateCommand.Create(configuration),
            UsersCommand.Create(configuration),
            AuditCommand.Create(configuration),
            OutboxCommand.Create(configuration),
            BackupCommand.Create(configuration),
            RestoreCommand.CreateDrill(configuration),
            RestoreCommand.CreateRestore(configuration),
            RecoveryCommand.Create(configuration),
            ReadinessCommand.Create(configuration),
            LoadCommand.Create(configuration),
            ConfigCommand.Create(configuration),
            ProbeCommand.Create(configuration),
            PasswordsCommand.Create(),
        };
}
