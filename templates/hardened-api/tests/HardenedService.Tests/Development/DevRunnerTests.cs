using System.Net;
using HardenedService.Operations;
using HardenedService.Platform.Configuration;
using Microsoft.Extensions.Configuration;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Development;

public sealed class DevRunnerTests
{
    [Fact]
    public async Task What_a_run_owns_it_does_not_share()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        var data = RunningDev.NewData();
        using var first = await RunningDev.StartReadyAsync(data);

        using var sameData = RunningDev.Start(RunningDev.FreePorts(), data);
        using var samePort = RunningDev.Start([RunningDev.FreePorts()[0], first.Ports[1], RunningDev.FreePorts()[2]], RunningDev.NewData());

        Assert.Equal(1, await sameData.ExitAsync());
        Assert.Contains($"{data} is in use by another run", sameData.Output);
        Assert.Equal(1, await samePort.ExitAsync());
        Assert.Contains($"port {first.Ports[1]} is taken: stop what listens there, or choose another with --management-port.", samePort.Output);
        Assert.False(Directory.Exists(samePort.Data), "a run that cannot start leaves nothing");

        Assert.Equal(0, await first.TerminateAsync());
        await first.GoneAsync();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task Without_PostgreSQL_it_says_what_it_looked_for_and_how_to_install_it()
    {
        using var dev = RunningDev.Start(RunningDev.FreePorts(), RunningDev.NewData(), "--postgres", "/nowhere");

        Assert.Equal(1, await dev.ExitAsync());
        var line = Assert.Single(dev.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("looked for initdb, postgres, pg_ctl, pg_dump side by side in /nowhere; install it", line);
    }

    [Fact]
    public async Task Told_to_be_production_the_api_refuses_what_the_runner_gave_it_in_so_many_lines()
    {
        var data = RunningDev.NewData();
        using var dev = RunningDev.Start(RunningDev.FreePorts(), data, "--environment", "Production");

        Assert.Equal(1, await dev.ExitAsync());
        Assert.Contains("\n  Service:PublicUrl: ", dev.Output, StringComparison.Ordinal);
        Assert.Contains("\n  Database:ConnectionString: ", dev.Output, StringComparison.Ordinal);
        Assert.Contains("\n  KeyRing:Certificate:File: ", dev.Output, StringComparison.Ordinal);
        Assert.Contains("holds a password that is a placeholder or a development secret", dev.Output, StringComparison.Ordinal);
        Assert.Contains("the API ended before it was ready, with exit code 78: its output is above.", dev.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", dev.Output, StringComparison.Ordinal);
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_drill_that_is_stopped_has_not_passed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        using var drill = RunningDev.Start(RunningDev.FreePorts(), RunningDev.NewData(), "drill");
        await Eventually.HoldsAsync(() => drill.Output.Contains("starting the API", StringComparison.Ordinal), "the drill under way");

        Assert.Equal(1, await drill.TerminateAsync());
    }

    [Fact]
    public async Task The_console_works_on_a_run_by_the_settings_that_it_leaves()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        var data = RunningDev.NewData();
        using var dev = await RunningDev.StartReadyAsync(data);
        using var settings = new ConfigurationManager();
        settings["Secrets:Directory"] = Path.Combine(data, "console");
        settings.AddSecretFiles();
        await using var output = new StringWriter();
        var cancel = TestContext.Current.CancellationToken;

        Assert.Equal(0, await OperationsConsole.InvokeAsync(["migrate", "status"], settings, output, output, cancel));
        Assert.Equal(0, await OperationsConsole.InvokeAsync(["recovery", "show"], settings, output, output, cancel));
        Assert.Equal(0, await OperationsConsole.InvokeAsync(["probe"], settings, output, output, cancel));

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(data, "console", "Operations__OperatorConnectionString")));
        }

        Assert.Equal(0, await dev.TerminateAsync());
        await dev.GoneAsync();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_killed_run_leaves_no_process_and_its_data_lasts_until_a_reset()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        var data = RunningDev.NewData();
        using (var killed = await RunningDev.StartReadyAsync(data))
        {
            await killed.ScalarAsync("create table kept ()");
            killed.Kill();
            await killed.GoneAsync();
        }

        using (var again = await RunningDev.StartReadyAsync(data))
        {
            using var client = new HttpClient();
            using var answer = await client.GetAsync(new Uri($"http://localhost:{again.Ports[0]}/v1/account"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("kept", await again.ScalarAsync("select to_regclass('kept')::text"));
            Assert.Equal(0, await again.TerminateAsync());
            await again.GoneAsync();
        }

        using (var older = await RunningDev.StartReadyAsync(data))
        {
            await older.ScalarAsync("insert into migrations.version_info (version, applied_at) values (9999, now())");
            Assert.Equal(0, await older.TerminateAsync());
            await older.GoneAsync();
        }

        using (var behind = RunningDev.Start(RunningDev.FreePorts(), data))
        {
            Assert.Equal(1, await behind.ExitAsync());
            Assert.Contains("9999", behind.Output);
            await behind.GoneAsync();
        }

        using (var reset = await RunningDev.StartReadyAsync(data, "--reset"))
        {
            Assert.Equal(DBNull.Value, await reset.ScalarAsync("select to_regclass('kept')::text"));
            Assert.Equal(0, await reset.TerminateAsync());
        }

        Directory.Delete(data, recursive: true);
    }
}
