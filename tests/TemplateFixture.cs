using HardenedService.Operations.Postgres;
using HardenedStarter.Build;
using HardenedStarter.Tests;

[assembly: AssemblyFixture(typeof(TemplateFixture))]

namespace HardenedStarter.Tests;

/// <summary>The packed template in a hive of its own, made once; what several tests only read is scaffolded and built once.</summary>
public sealed class TemplateFixture : IAsyncLifetime
{
    public const string DefaultName = "Acme.Orders";

    private readonly Workspace _workspace = new();
    private readonly SemaphoreSlim _hive = new(1);
    private readonly Lazy<Task<Feed>> _feed = new(() => Feed.ProbeAsync(CancellationToken.None));
    private readonly Lazy<Task<Scaffold>> _public;
    private readonly Lazy<Task<Scaffold>> _restricted;
    private readonly Lazy<Task<Scaffold>> _withoutSample;
    private int _scaffolds;

    public TemplateFixture()
    {
        _public = new(() => ScaffoldAsync(DefaultName, "--feed", Feed.Public));
        _restricted = new(() => ScaffoldAsync(DefaultName, "--feed", Feed.Restricted));
        _withoutSample = new(() => ScaffoldAsync(DefaultName, "--feed", Feed.Public, "--sample", "none"));
    }

    internal string Package { get; private set; } = "";

    internal Task<Feed> FeedAsync => _feed.Value;

    /// <summary>Not to be built or changed.</summary>
    internal Task<Scaffold> PublicAsync => _public.Value;

    /// <summary>Not to be built or changed.</summary>
    internal Task<Scaffold> RestrictedAsync => _restricted.Value;

    /// <summary>Public, with `--sample none`. Not to be built or changed.</summary>
    internal Task<Scaffold> WithoutSampleAsync => _withoutSample.Value;

    public async ValueTask InitializeAsync()
    {
        Package = await TemplatePackage.PackAsync(_workspace.Folder("package"), _workspace, houseFeed: null, CancellationToken.None);
        await TemplatePackage.InstallAsync(Package, _workspace.Folder("hive"), CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        _workspace.Dispose();
        _hive.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A new empty directory.</summary>
    internal string NewFolder() => _workspace.Folder($"{Interlocked.Increment(ref _scaffolds)}");

    internal async Task<Scaffold> ScaffoldAsync(string name, params string[] options)
    {
        var directory = NewFolder();
        var result = await NewAsync(directory, ["--name", name, "--output", directory, .. options]);
        Assert.True(result.Succeeded, result.Output);
        return new Scaffold(directory);
    }

    /// <summary>`dotnet new hardened-api`, with the value of HARDENED_FEED given.</summary>
    internal Task<DotnetResult> NewAsync(string directory, IEnumerable<string> arguments, string? houseFeed = null) =>
        NewAsync("hardened-api", directory, arguments, houseFeed);

    /// <summary>One of the templates that add to a solution, in one of its folders.</summary>
    internal Task<DotnetResult> NewItemAsync(string template, string directory, params string[] arguments) =>
        NewAsync(template, directory, arguments, houseFeed: null);

    private async Task<DotnetResult> NewAsync(string template, string directory, IEnumerable<string> arguments, string? houseFeed)
    {
        var start = Dotnet.StartInfo(directory, ["new", template, .. arguments, "--debug:custom-hive", _workspace.Folder("hive")]);
        if (houseFeed is not null)
        {
            start.Environment["HARDENED_FEED"] = houseFeed;
        }

        // Two at once would write the hive's caches together.
        await _hive.WaitAsync();
        try
        {
            var (exitCode, output) = await SupervisedProcess.RunAsync(start, CancellationToken.None);
            return new DotnetResult(exitCode, output);
        }
        finally
        {
            _hive.Release();
        }
    }
}
