using System.Diagnostics;
using HardenedService.Operations.Postgres;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>Runs PostgreSQL's client programs. The password travels in their environment, which other users cannot read.</summary>
internal sealed class PostgresTools(PostgresBinaries binaries, TextWriter output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    /// <summary>Refuses programs of another major version than the server's: what they make, its like cannot restore.</summary>
    /// <exception cref="RecoveryException">The versions differ.</exception>
    public static void Match(PostgresBinaries binaries, string serverVersion)
    {
        if (serverVersion.Split('.')[0] != $"{binaries.Version.Major}")
        {
            throw new RecoveryException(
                $"The server is PostgreSQL {serverVersion}, and {binaries.Directory} holds the programs of {binaries.Version}: install those of {serverVersion.Split('.')[0]}, and name their directory with --postgres.");
        }
    }

    /// <summary>A command that connects as a connection string says.</summary>
    public ProcessStartInfo Command(NpgsqlConnectionStringBuilder connection, string tool, params string[] arguments)
    {
        var start = ClusterAccount.Ourselves.Command(binaries.Tool(tool), arguments);
        var settings = new Dictionary<string, string?>
        {
            ["PGHOST"] = connection.Host,
            ["PGPORT"] = $"{connection.Port}",
            ["PGUSER"] = connection.Username,
            ["PGPASSWORD"] = connection.Password,
            ["PGPASSFILE"] = connection.Passfile,
            ["PGDATABASE"] = connection.Database,
            ["PGSSLROOTCERT"] = connection.RootCertificate,
            ["PGSSLCERT"] = connection.SslCertificate,
            ["PGSSLKEY"] = connection.SslKey,
            ["PGSSLMODE"] = connection.SslMode switch
            {
                SslMode.VerifyFull => "verify-full",
                SslMode.VerifyCA => "verify-ca",
                var mode => mode.ToString().ToLowerInvariant(),
            },
            ["PGAPPNAME"] = "backup",

            // We read what they say.
            ["LC_ALL"] = "C",
        };

        foreach (var (name, value) in settings.Where(setting => !string.IsNullOrEmpty(setting.Value)))
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>Runs a program, and brings its standard output to its place meanwhile.</summary>
    /// <param name="start">The program.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>What it said on its standard error, progress apart, which is shown from time to time.</returns>
    /// <exception cref="RecoveryException">It failed.</exception>
    public async Task<string> RunAsync(ProcessStartInfo start, Stream target, CancellationToken cancel)
    {
        var tool = Path.GetFileName(start.FileName);
        var said = new List<string>();
        var watch = Stopwatch.StartNew();
        await using var process = SupervisedProcess.Start(start, "TERM KILL", Patience, Hear, piped: true);
        await using var stop = cancel.UnsafeRegister(_ => process.Stop(), null);

        // By one thread that waits: bytes by the gigabyte take half again as much of a processor when every piece of them is waited for by another one.
        await Task.Run(() => process.Output.CopyTo(target, 1 << 20), CancellationToken.None);
        cancel.ThrowIfCancellationRequested();

        if (await process.Exited is not 0 and var exitCode)
        {
            throw new RecoveryException($"{tool} failed with exit code {exitCode}: {Said()}");
        }

        return Said();

        string Said()
        {
            lock (said)
            {
                return string.Join(Environment.NewLine, said);
            }
        }

        void Hear(string line)
        {
            lock (said)
            {
                if (!line.Contains("%)", StringComparison.Ordinal))
                {
                    said.Add(line);
                }
                else if (watch.Elapsed > ProgressEvery)
                {
                    watch.Restart();
                    output.WriteLine($"  {line.Trim()}");
                }
            }
        }
    }
}
