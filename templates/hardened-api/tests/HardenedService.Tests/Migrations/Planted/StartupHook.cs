using HardenedService.Tests.Migrations.Planted;

/// <summary>
/// The tests' program as a migrator: with <c>DOTNET_STARTUP_HOOKS</c> the runtime calls this before Main. A process can be killed, and what the
/// database makes of that is not what it makes of a call that is cancelled.
/// </summary>
#pragma warning disable CA1050, MA0047, S3903 // The runtime looks for it by this name, without a namespace.
internal static class StartupHook
#pragma warning restore CA1050, MA0047, S3903
{
    internal const string Database = "PLANTED_MIGRATOR_DATABASE";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Database) is { } database)
        {
            PlantedMigrations.MigratorOf(database, Console.Out).UpAsync(PlantedMigrations.Index, CancellationToken.None).GetAwaiter().GetResult();
            Environment.Exit(0);
        }
    }
}
