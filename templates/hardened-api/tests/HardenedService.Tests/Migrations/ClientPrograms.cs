using System.Diagnostics;
using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Migrations;

/// <summary>What PostgreSQL's own programs make of a database.</summary>
internal static class ClientPrograms
{
    /// <summary>The schema as pg_dump writes it, but for the lines to psql: newer versions put a random key there.</summary>
    public static Task<string> DumpAsync(this PostgresServer server, string connectionString, params string[] arguments) =>
        PgDumpAsync(server, connectionString, ["--schema-only", .. arguments]);

    /// <summary>The rows of all tables, as a thief of a backup has them.</summary>
    public static Task<string> DumpRowsAsync(this PostgresServer server, string connectionString) =>
        PgDumpAsync(server, connectionString, ["--data-only"]);

    /// <summary>Feeds a script to psql, as a person would.</summary>
    public static Task<(int ExitCode, string Output)> PsqlAsync(this PostgresServer server, string connectionString, string script) =>
        RunAsync(server, "psql", connectionString, script, ["--no-psqlrc", "--quiet"]);

    private static async Task<string> PgDumpAsync(PostgresServer server, string connectionString, string[] arguments)
    {
        var (exitCode, dump) = await RunAsync(server, "pg_dump", connectionString, "", arguments);
        Assert.True(exitCode == 0, dump);

        // A row whose first value is bytes begins with two.
        return string.Join('\n', dump.Split('\n').Where(line => !line.StartsWith('\\') || line.StartsWith(@"\\", StringComparison.Ordinal)));
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        PostgresServer server, string program, string connectionString, string input, string[] arguments)
    {
        var cancel = TestContext.Current.CancellationToken;
        var connection = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(server.Binaries.Tool(program), arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["PGHOST"] = connection.Host,
                ["PGPORT"] = $"{connection.Port}",
                ["PGDATABASE"] = connection.Database,
                ["PGUSER"] = connection.Username,
                ["PGPASSWORD"] = connection.Password,
            },
        };

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var error = process.StandardError.ReadToEndAsync(cancel);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancel);
        return (process.ExitCode, await output + await error);
    }
}
