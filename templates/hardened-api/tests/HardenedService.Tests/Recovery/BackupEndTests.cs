using System.Diagnostics;
using HardenedService.Dev;
using HardenedService.Operations;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Recovery;

/// <summary>A backup that does not get to its end leaves nothing that looks like one.</summary>
[Collection(nameof(RecoveryScene))]
public sealed class BackupEndTests(RecoveryScene scene)
{
    // A console starts, reads all tables and copies the whole cluster meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Wall("K6")]
    public async Task A_backup_whose_directory_vanishes_or_that_is_killed_leaves_none()
    {
        var backups = scene.NewPath();
        await scene.BackUpAsync(backups);
        var whole = Assert.Single(Names(backups));

        // While somebody holds a table, a backup waits, begun.
        var killed = await WhileHeldAsync(async () =>
        {
            using var process = Start(backups);
            await Eventually.HoldsAsync(() => Partial(backups) || process.HasExited, "a backup that has begun", Patience);
            process.Kill();
            await process.WaitForExitAsync(Cancel);

            return process.ExitCode;
        });
        Assert.NotEqual(0, killed);
        Assert.Equal([whole], Names(backups));
        Directory.Delete(Assert.Single(Directory.GetDirectories(backups, ".partial-*")), recursive: true);

        var (exitCode, _, error) = await await WhileHeldAsync(async () =>
        {
            var backup = scene.CallAsync(backups, "backup");
            await Eventually.HoldsAsync(() => Directory.GetDirectories(backups, ".partial-000002").Length == 1, "a backup that has begun", Patience);
            Directory.Move(backups, $"{backups}.gone");

            return backup;
        });
        Assert.Equal(1, exitCode);
        Assert.Contains($"The backup could not be written to {backups}", error, StringComparison.Ordinal);
        Assert.Equal([whole], Names($"{backups}.gone"));

        // The next one is whole, and clears up.
        Directory.Move($"{backups}.gone", backups);
        Assert.True(Partial(backups));
        await scene.BackUpAsync(backups);
        Assert.Equal(2, Names(backups).Length);
        Assert.False(Partial(backups));
    }

    [Theory]
    [Wall("K6")]
    [InlineData("pg_basebackup", "head -c 1000000 /dev/zero", "while it is encrypted")]
    [InlineData("pg_basebackup", "$TOOL \"$@\"", "once all of it has come")]
    [InlineData("sync", "", "before it gets its name")]
    public async Task A_backup_that_is_killed_leaves_none(string tool, string before, string when)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no shell to stand in for a program.");
        var (backups, programs, reached) = (scene.NewPath(), Directory.CreateDirectory(scene.NewPath()).FullName, scene.NewPath());

        foreach (var path in Directory.EnumerateFiles(scene.Binaries.Directory))
        {
            File.CreateSymbolicLink(Path.Combine(programs, Path.GetFileName(path)), path);
        }

        File.Delete(Path.Combine(programs, tool));
        await File.WriteAllTextAsync(Path.Combine(programs, tool), $"#!/bin/sh\nTOOL={scene.Binaries.Tool(tool)}\n{before}\n: >{reached}\nexec sleep 600\n", Cancel);

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(programs, tool), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        using var process = Start(backups, programs, ("Backup__KeyFile", scene.NewKey()), ("PATH", $"{programs}:{Environment.GetEnvironmentVariable("PATH")}"));
        await Eventually.HoldsAsync(() => File.Exists(reached) || process.HasExited, when, Patience);
        Assert.False(process.HasExited, when);
        process.Kill();
        await process.WaitForExitAsync(Cancel);

        Assert.NotEqual(0, process.ExitCode);
        Assert.Empty(Names(backups));
        Assert.True(Partial(backups));
    }

    private static string[] Names(string backups) => [.. Directory.GetDirectories(backups).Select(path => Path.GetFileName(path)!).Where(name => name[0] != '.').Order()];

    private static bool Partial(string backups) => Directory.Exists(backups) && Directory.GetDirectories(backups, ".partial-*").Length > 0;

    private async Task<T> WhileHeldAsync<T>(Func<Task<T>> act)
    {
        await using var holder = await Sql.OpenAsync(scene.Database.OwnerConnectionString);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await Sql.RunAsync(holder, "lock table tenancy.organizations in access exclusive mode");

        return await act();
    }

    private Process Start(string backups, string? programs = null, params (string Name, string Value)[] settings)
    {
        string[] call = [typeof(OperationsConsole).Assembly.Location, "backup", .. programs is null ? [] : new[] { "--postgres", programs }];
        var start = new ProcessStartInfo(ApiProcess.DotnetHost, call) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["Backup__Directory"] = backups;
        start.Environment["Operations__OperatorConnectionString"] = scene.Database.OperatorConnectionString;
        Array.ForEach(settings, setting => start.Environment[setting.Name] = setting.Value);

        return Process.Start(start)!;
    }
}
