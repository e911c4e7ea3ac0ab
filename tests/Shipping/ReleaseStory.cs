using System.Reflection;
using HardenedStarter.Build;
using HardenedStarter.Build.Trying;

namespace HardenedStarter.Tests.Shipping;

/// <summary>What a step of the story came to: the script's end, the state before and after it, and what clients met meanwhile.</summary>
internal sealed record Step(Run Run, string Before, string After, IReadOnlyList<string> Versions, string Schema, int Requests, IReadOnlyList<string> Failures);

/// <summary>
/// Two replicas behind a real nginx under load, and release.sh: releases that are refused, one that fails, one with a migration, its rollback, and both
/// again, killed before each of its acts. Told once, for all tests that look at it.
/// </summary>
public sealed class ReleaseStory(TemplateFixture template) : IAsyncLifetime
{
    /// <summary>The API of the second release with the migrations of the first.</summary>
    public const string Unready = "1.5.0";

    private const int Clients = 2;
    private const int Sigkill = 137;

    private readonly List<Step> _killed = [];

    internal Releases Releases { get; private set; } = null!;

    internal Step First { get; private set; } = null!;

    internal Step WithoutOwner { get; private set; } = null!;

    internal Step WithoutService { get; private set; } = null!;

    internal Step NotReady { get; private set; } = null!;

    internal Step Second { get; private set; } = null!;

    internal Step Back { get; private set; } = null!;

    internal Step BackAgain { get; private set; } = null!;

    internal IReadOnlyList<Step> Killed => _killed;

    internal Step SecondAfterAll { get; private set; } = null!;

    internal Step BackAfterAll { get; private set; } = null!;

    internal IReadOnlyList<string> Complaints { get; private set; } = [];

    internal (int Stored, int Distinct, int Repeated) Written { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var (folder, cancel) = (template.NewFolder(), TestContext.Current.CancellationToken);
        Releases = await Releases.MakeAsync(template, cancel);
        var unready = Directory.CreateDirectory(Path.Combine(folder, "unready")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(unready, "api"), Path.Combine(Releases.Second, "api"));
        Directory.CreateSymbolicLink(Path.Combine(unready, "operations"), Path.Combine(Releases.First, "operations"));

        var configuration = typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var data = Path.Combine(folder, "data");
        await using var runner = await RunningService.StartAsync(Repository.Template, data, cancel, configuration);
        using var machine = new Machine(
            Directory.CreateDirectory(Path.Combine(folder, "machine")).FullName,
            data,
            new Dictionary<string, string> { [Releases.FirstVersion] = Releases.First, [Unready] = unready, [Releases.SecondVersion] = Releases.Second });
        var bearer = await RollingRestartTests.SignInAsync(runner.Ports, cancel);
        await using var nginx = await Nginx.StartAsync(machine.NginxFolder, ServicePorts.Free().Port, machine.Replicas.Values.Select(ports => ports.Port));

        First = await StepAsync(machine, load: null, () => machine.ReleaseAsync(Releases.FirstVersion));
        Assert.True(First.Run.ExitCode == 0, $"{First.Run.Output}\n{machine.LogOf("a")}");
        var before = nginx.Complaints.Count();

        await using (var load = new SteadyLoad(nginx.Address, bearer, Clients))
        {
            WithoutOwner = await WithoutAsync(machine, load, machine.OwnerSecret);
            WithoutService = await WithoutAsync(machine, load, machine.ServiceSecret);
            NotReady = await StepAsync(machine, load, () => machine.ReleaseAsync(Unready, wait: 10));
            Second = await StepAsync(machine, load, () => machine.ReleaseAsync(Releases.SecondVersion));
            Back = await StepAsync(machine, load, () => machine.ReleaseAsync("rollback"));
            BackAgain = await StepAsync(machine, load, () => machine.ReleaseAsync("rollback"));
            SecondAfterAll = await KillAsync(
                machine, load, Releases.SecondVersion, "check", "migrate", "reload 1", "stop a", "link a", "start a", "reload 2", "stop b", "link b", "start b", "link previous", "link current");
            BackAfterAll = await KillAsync(machine, load, "rollback", "link current", "stop a", "link b", "start b");
            await load.EndAsync();
            Written = (load.Stored.Count, load.Stored.Values.Distinct().Count(), load.Repeated);
        }

        Complaints = [.. nginx.Complaints.Skip(before)];
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // Killed before each of these acts, one after the other, and then not any more.
    private async Task<Step> KillAsync(Machine machine, SteadyLoad load, string what, params string[] acts)
    {
        foreach (var act in acts)
        {
            var step = await StepAsync(machine, load, () => machine.ReleaseAsync(what, killAt: act));
            Assert.True(step.Run.ExitCode == Sigkill, $"{what} got past {act}:\n{step.Run.Output}");
            _killed.Add(step);
        }

        return await StepAsync(machine, load, () => machine.ReleaseAsync(what));
    }

    private static async Task<Step> WithoutAsync(Machine machine, SteadyLoad load, string secret)
    {
        var content = await File.ReadAllTextAsync(secret);
        File.Delete(secret);

        try
        {
            return await StepAsync(machine, load, () => machine.ReleaseAsync(Releases.SecondVersion));
        }
        finally
        {
            await File.WriteAllTextAsync(secret, content);
        }
    }

    private static async Task<Step> StepAsync(Machine machine, SteadyLoad? load, Func<Task<Run>> act)
    {
        var (before, done, failed) = (machine.State, load?.Done ?? 0, load?.Failures.Count ?? 0);
        var run = await act();

        // The last of it is under load as well.
        if (load is not null && run.ExitCode != Sigkill)
        {
            await RollingRestartTests.DoesAsync(load, 50);
        }

        // A script that was killed may have left a replica in the middle of things.
        var asked = run.ExitCode != Sigkill;

        return new(
            run, before, machine.State, asked ? await machine.VersionsAsync() : [], asked ? await machine.SchemaAsync() : "",
            (load?.Done ?? 0) - done, [.. (load?.Failures ?? []).Skip(failed)]);
    }
}
