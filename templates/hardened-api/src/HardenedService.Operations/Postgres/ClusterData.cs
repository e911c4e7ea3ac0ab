using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace HardenedService.Operations.Postgres;

/// <summary>PostgreSQL's own directory, brought to where a server can start on it.</summary>
internal sealed class ClusterData(ClusterDirectory directory, ClusterAccount account, PostgresBinaries binaries)
{
    /// <summary>Stops a server that was left behind, and makes the cluster if there is none or an empty one is asked for.</summary>
    /// <exception cref="LocalClusterException">The cluster cannot be made, or belongs to another user or version.</exception>
    public async Task PrepareAsync(bool reset, CancellationToken cancel)
    {
        await StopLeftoverAsync(cancel);
        if (reset)
        {
            Delete(directory.Data);
        }

        if (!Directory.Exists(directory.Data))
        {
            await InitializeAsync(cancel);
        }

        await CheckAsync(cancel);
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    // After a hard kill of the process that owned the cluster its server may still be shutting down, or (on Windows) still be running.
    private async Task StopLeftoverAsync(CancellationToken cancel)
    {
        var pidFile = new FileInfo(Path.Combine(directory.Data, "postmaster.pid"));
        if (pidFile.Exists && await ReadAsync(pidFile.FullName) is [var id, _, var started, ..] && IsServer(id, started))
        {
            await SupervisedProcess.RunAsync(
                account.Command(binaries.Tool("pg_ctl"), "stop", "--pgdata", directory.Data, "--mode=fast", "--timeout=30"), cancel);
        }

        async Task<string[]> ReadAsync(string path)
        {
            try
            {
                return await File.ReadAllLinesAsync(path, cancel);
            }
            catch (FileNotFoundException)
            {
                return [];
            }
        }

        // The number may belong to a stranger by now, and even to a stranger's PostgreSQL: its start time tells.
        static bool IsServer(string id, string started)
        {
            try
            {
                using var process = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
                var apart = process.StartTime.ToUniversalTime() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(started, CultureInfo.InvariantCulture)).UtcDateTime;
                return process.ProcessName.StartsWith("postgres", StringComparison.Ordinal) && apart.Duration() < TimeSpan.FromSeconds(10);
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
            {
                return false;
            }
        }
    }

    private async Task InitializeAsync(CancellationToken cancel)
    {
        Delete(directory.NewData);
        PrivateFile.Write(directory.Password, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));
        Directory.CreateDirectory(directory.NewData);
        await account.GiveAsync([directory.NewData, directory.Password], cancel);
        var (exitCode, output) = await SupervisedProcess.RunAsync(
            account.Command(
                binaries.Tool("initdb"), "--pgdata", directory.NewData, "--username=postgres", $"--pwfile={directory.Password}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--data-checksums", "--no-sync"),
            cancel);
        if (exitCode != 0)
        {
            throw new LocalClusterException($"initdb could not make a cluster in {directory.Path}: {output}");
        }

        Directory.Move(directory.NewData, directory.Data);
    }

    private async Task CheckAsync(CancellationToken cancel)
    {
        if (!await account.TestAsync("-O", directory.Data, cancel))
        {
            throw new LocalClusterException(
                $"{directory.Data} does not belong to the user '{account.Name}', who would run PostgreSQL: run this as the user who made it, or choose another data directory.");
        }

        var made = (await File.ReadAllTextAsync(Path.Combine(directory.Data, "PG_VERSION"), cancel)).Trim();
        if (made != binaries.Version.Major.ToString(CultureInfo.InvariantCulture))
        {
            throw new LocalClusterException(
                $"{directory.Path} was made by PostgreSQL {made}, and {binaries.Directory} holds {binaries.Version}: name the other version's directory, choose another data directory, or start empty.");
        }
    }
}
