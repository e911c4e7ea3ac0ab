using HardenedService.Operations.Readiness;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Readiness;

/// <summary>Each check that looks at the database passes on a sound one, and fails without any. What turns it red, AccountCheckTests, SchemaCheckTests and BackupAndAuditCheckTests show.</summary>
public sealed class DatabaseCheckTests(PostgresServer postgres)
{
    [Fact]
    public async Task Each_is_content_with_a_sound_database()
    {
        await using var database = await postgres.SoundAsync();

        foreach (var check in SoundDatabase.Checks.Values)
        {
            (await check.LookAsync(database)).Is(CheckStatus.Pass, "");
        }
    }

    [Fact]
    public async Task A_database_out_of_reach_is_an_error_of_each()
    {
        foreach (var check in SoundDatabase.Checks.Values)
        {
            Assert.Equal(CheckStatus.Error, (await check.LookAsync(("Operations:OperatorConnectionString", ApiHost.NoDatabase))).Status);
        }
    }
}
