using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using HardenedService.Api.Identity;
using HardenedService.Dev;

namespace HardenedService.Tests.Infrastructure;

/// <summary>The API as a process of its own, configured by environment variables alone.</summary>
internal sealed class ApiProgram : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _error = new();

    private ApiProgram(
        string? environment, IEnumerable<string> arguments, IEnumerable<(string Key, string Value)> settings, string? shellCommand = null)
    {
        IReadOnlyList<string> command = [ApiProcess.DotnetHost, .. arguments, typeof(RegisterRequest).Assembly.Location];
        command = shellCommand is null ? command : ["/bin/sh", "-c", shellCommand, .. command];
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment.Remove("DOTNET_ENVIRONMENT");
        start.Environment.Remove("ASPNETCORE_ENVIRONMENT");

        if (environment is not null)
        {
            start.Environment["ASPNETCORE_ENVIRONMENT"] = environment;
        }

        foreach (var (key, value) in settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _error.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginErrorReadLine();

        if (shellCommand is null)
        {
            _process.BeginOutputReadLine();
        }
    }

    public string Output => string.Join('\n', _output);

    public string Error => string.Join('\n', _error);

    /// <summary>Starts it; without an environment's name it finds none.</summary>
    public static ApiProgram Start(string? environment, params IEnumerable<(string Key, string Value)> settings) => new(environment, [], settings);

    /// <summary>Starts it in Development on a database, with what every host of the tests is given; of a setting the last value counts.</summary>
    public static ApiProgram StartOn(TestDatabase database, params IEnumerable<(string Key, string Value)> settings) =>
        Start("Development", [.. ApiHost.Settings.Select(setting => (setting.Key, setting.Value)), ("Database:ConnectionString", database.AppConnectionString), .. settings]);

    /// <summary>
    /// Starts it on a database by a command of the shell, in which it is <c>"$0" "$@"</c>. Its standard output is a pipe that nobody reads, unless the
    /// command sends it elsewhere.
    /// </summary>
    public static ApiProgram StartUnread(string command, TestDatabase database, params IEnumerable<(string Key, string Value)> settings) => new(
        "Development",
        [],
        [.. ApiHost.Settings.Select(setting => (setting.Key, setting.Value)), ("Database:ConnectionString", database.AppConnectionString), .. settings],
        command);

    /// <summary>Starts it with the hosting startups of this assembly in it.</summary>
    public static ApiProgram StartWithTests(params IEnumerable<(string Key, string Value)> settings)
    {
        // The test program's dependencies are the API's and more, which lets it load this assembly.
        var tests = Path.ChangeExtension(typeof(ApiProgram).Assembly.Location, null);

        return new(
            "Development",
            ["exec", "--depsfile", $"{tests}.deps.json", "--runtimeconfig", $"{tests}.runtimeconfig.json"],
            [.. settings, ("ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", typeof(ApiProgram).Assembly.GetName().Name!)]);
    }

    /// <summary>The exit code, once it has ended.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));

        return _process.ExitCode;
    }

    /// <summary>Where it listens: the API first, the management port second.</summary>
    public async Task<List<string>> AddressesAsync()
    {
        List<string> addresses = [];
        await Eventually.HoldsAsync(() => _process.HasExited || (addresses = Addresses()).Count == 2, "two addresses");
        Assert.False(_process.HasExited, Error);

        return addresses;
    }

    /// <summary>SIGTERM: asks it to end.</summary>
    public Task TerminateAsync() => SignalAsync("TERM");

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGKILL: no time for a last word.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private List<string> Addresses() =>
    [
        .. _output
            .Where(line => line.StartsWith('{'))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Properties"))
            .Where(properties => properties.TryGetProperty("address", out _))
            .Select(properties => properties.GetProperty("address").GetString()!),
    ];
}
