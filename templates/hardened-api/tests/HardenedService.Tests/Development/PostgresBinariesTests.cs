using System.Diagnostics;
using HardenedService.Operations.Postgres;

namespace HardenedService.Tests.Development;

public sealed class PostgresBinariesTests
{
    private const string WriteStandIns = """
        for tool in initdb postgres pg_ctl pg_dump; do
            printf '#!/bin/sh\necho "postgres (PostgreSQL) 13.4"\n' > $tool
            chmod +x $tool
        done
        """;

    [Fact]
    public void A_machine_without_PostgreSQL_is_told_in_one_line_what_was_sought_and_what_to_do()
    {
        var error = Assert.Throws<PostgresNotFoundException>(() => PostgresBinaries.Search([], "PATH, /usr/lib/postgresql/*/bin"));

        Assert.Contains("PostgreSQL 15 or newer was not found", error.Message);
        Assert.Contains("initdb, postgres, pg_ctl, pg_dump", error.Message);
        Assert.Contains("/usr/lib/postgresql/*/bin", error.Message);
        Assert.Contains("install", error.Message);
        Assert.Contains("--postgres", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_directory_that_was_named_is_the_only_one_searched()
    {
        var directory = Path.Combine(Path.GetTempPath(), "no-such-directory");

        var error = Assert.Throws<PostgresNotFoundException>(() => PostgresBinaries.Find(directory));

        Assert.Contains(directory, error.Message);
        Assert.DoesNotContain("PATH", error.Message);
    }

    [Fact]
    public async Task A_version_below_15_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in is a shell script.");
        var directory = Directory.CreateTempSubdirectory();

        // Written by another process: while we hold a file open for writing, a process that we fork elsewhere holds it too, and it cannot be run.
        var (exitCode, output) = await SupervisedProcess.RunAsync(
            new ProcessStartInfo("/bin/sh", ["-c", WriteStandIns]) { WorkingDirectory = directory.FullName }, TestContext.Current.CancellationToken);
        Assert.True(exitCode == 0, output);

        var error = Assert.Throws<PostgresNotFoundException>(() => PostgresBinaries.Find(directory.FullName));

        Assert.Contains("13.4", error.Message);
        directory.Delete(recursive: true);
    }
}
