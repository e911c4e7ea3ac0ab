using System.Globalization;
using System.Security.Cryptography;
using HardenedService.Operations.Postgres;
using Spectre.Console;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// What the console's backups and restores take, with and without encryption, against PostgreSQL's own programs by hand, each from the start of its process.
/// Of a database of a given size, on the disk that holds temporary files. Ways take turns in a random order, and a ratio compares those of the same round.
/// </summary>
internal sealed class BackupBenchmark(int mebibytes, int rounds, IAnsiConsole console)
{
    /// <summary>The most that it is to take of what it takes by hand.</summary>
    private const double Aim = 1.1;

    private const long Mebibyte = 1024 * 1024;

    // The database, the server's WAL, a backup, a dump decrypted, the cluster that it is restored to, and its WAL; beside what empty clusters take.
    private const int Copies = 6;
    private const long Empty = 512 * Mebibyte;

    public async Task RunAsync(CancellationToken cancel)
    {
        var disk = Path.GetTempPath();
        RefuseSmallDisk(disk, new DriveInfo(disk).AvailableFreeSpace, mebibytes);
        using var workspace = new Workspace();
        var steps = new Steps(console);
        await steps.RunAsync("Build the console", () => OperatorConsole.BuildAsync(cancel), _ => "Built the console in Release");
        await using var source = await steps.RunAsync(
            "Start PostgreSQL", () => BackupSource.StartAsync(workspace.Folder("source"), cancel), source => $"Started PostgreSQL {source.Postgres.Version}");
        var size = await steps.RunAsync("Fill it", () => source.FillAsync(mebibytes * Mebibyte, cancel), size => Text($"Filled it: {Megabytes(size):N0} MB"));
        var key = Path.Combine(workspace.Root, "backup.key");
        PrivateFile.Write(key, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        List<IBackupWay> ways =
        [
            new BackupByHand(source), new BackupByConsole("the console", source.Console), new BackupByConsole("the console, encrypted", source.Console.With(("Backup__KeyFile", key))),
        ];

        Report("physical: pg_basebackup; tar, pg_verifybackup, start", size, ways, await RunAsync("Physical", (way, folder) => way.CopyAsync(folder, cancel)));
        Report("logical: pg_dump; initdb, start, roles, pg_restore", size, ways, await RunAsync("Logical", (way, folder) => way.DumpAsync(folder, cancel)));
        console.WriteLine(Text($"Aim: at most {Aim} times by hand. Checked: once rows, constraints, migrations and audit trail were looked at as well."));

        async Task<List<BackupTimes[]>> RunAsync(string kind, Func<IBackupWay, string, Task<BackupTimes>> run)
        {
            var all = new List<BackupTimes[]>();

            for (var round = 1; round <= rounds; round++)
            {
                var times = new BackupTimes[ways.Count];

                foreach (var (index, way) in ways.Index().Shuffle())
                {
                    var place = workspace.Folder("way");
                    await steps.RunAsync($"{kind}, {way.Name}: round {round} of {rounds}", async () => times[index] = await run(way, place));
                    Directory.Delete(place, recursive: true);
                }

                all.Add(times);
            }

            return all;
        }
    }

    /// <exception cref="BuildException">There is no room for it.</exception>
    internal static void RefuseSmallDisk(string folder, long free, int mebibytes)
    {
        var needed = (Copies * mebibytes * Mebibyte) + Empty;

        if (free < needed)
        {
            throw new BuildException(Text(
                $"{folder} has {Megabytes(free):N0} MB free, and backups of {mebibytes} MiB with their restores take {Megabytes(needed):N0}: name less by --size, or another disk by TMPDIR."));
        }
    }

    private void Report(string kind, long size, List<IBackupWay> ways, List<BackupTimes[]> all)
    {
        var table = new Table().AddColumns(Markup.Escape(kind), "backup s", "MB/s", "times by hand", "restore s", "MB/s", "times by hand", "checked s");

        foreach (var (index, way) in ways.Index())
        {
            var check = all[0][index].Check is null ? "" : Text($"{Median(times => times[index].Check!.Value):0.0}");
            table.AddRow([Markup.Escape(way.Name), .. Columns(one => one.BackUp, index), .. Columns(one => one.Restore, index), check]);
        }

        console.Write(table);

        string[] Columns(Func<BackupTimes, TimeSpan> part, int index)
        {
            var seconds = Median(times => part(times[index]));
            return
            [
                Text($"{seconds:0.0}"), Text($"{Megabytes(size) / seconds:0}"), Text($"{Figures.Median(all.Select(times => part(times[index]) / part(times[0]))):0.00}"),
            ];
        }

        double Median(Func<BackupTimes[], TimeSpan> part) => Figures.Median(all.Select(times => part(times).TotalSeconds));
    }

    private static double Megabytes(long bytes) => bytes / 1e6;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
