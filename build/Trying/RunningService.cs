using System.Collections.Concurrent;
using HardenedService.Operations.Postgres;

namespace HardenedStarter.Build.Trying;

/// <summary>The scaffolded service under its own development runner.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private const string ConsoleLine = "the console's settings are in ";

    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<string> _output = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _console = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SupervisedProcess _runner;

    private RunningService(string solution, string data, ServicePorts ports, string configuration, IReadOnlyDictionary<string, string> settings, string[] options)
    {
        Ports = ports;
        var project = ProjectOf(solution);
        var program = Path.Combine(Path.GetDirectoryName(project)!, "bin", configuration, "net10.0", Path.GetFileNameWithoutExtension(project) + ".dll");
        var start = Dotnet.StartInfo(solution,
        [
            program, "--port", $"{ports.Port}", "--management-port", $"{ports.ManagementPort}", "--mail-port", $"{ports.MailPort}", "--data", data, .. options,
        ]);
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        _runner = SupervisedProcess.Start(start, "TERM KILL", Patience, Receive);
    }

    public ServicePorts Ports { get; }

    /// <summary>What the runner has written so far.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>The directory with the settings of the operator's console.</summary>
    public Task<string> ConsoleSettingsAsync(CancellationToken cancel) => _console.Task.WaitAsync(Patience, cancel);

    public static string ProjectOf(string solution) => Directory.EnumerateFiles(Path.Combine(solution, "dev"), "*.Dev.csproj", SearchOption.AllDirectories).Single();

    /// <summary>Starts what was built in a configuration, with settings of the service by the names of their environment variables, and further options of the runner.</summary>
    /// <exception cref="BuildException">It ended, or took too long.</exception>
    public static async Task<RunningService> StartAsync(
        string solution, string data, CancellationToken cancel, string configuration = "Debug", IReadOnlyDictionary<string, string>? settings = null, params string[] options)
    {
        var service = new RunningService(solution, data, ServicePorts.Free(), configuration, settings ?? new Dictionary<string, string>(StringComparer.Ordinal), options);
        try
        {
            await Task.WhenAny(service._ready.Task, service._runner.Exited).WaitAsync(LongestStart, cancel);
            return service._ready.Task.IsCompleted
                ? service
                : throw new BuildException("The development runner ended before the service was ready.", service.Output);
        }
        catch (TimeoutException)
        {
            await service.DisposeAsync();
            throw new BuildException($"The service was not ready within {LongestStart.TotalSeconds:0} s.", service.Output);
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits to be told to stop.</summary>
    /// <exception cref="BuildException">It ended by itself.</exception>
    public async Task RunsUntilAsync(CancellationToken cancel)
    {
        var stopped = new TaskCompletionSource();
        using var registration = cancel.Register(stopped.SetResult);
        if (await Task.WhenAny(stopped.Task, _runner.Exited) != stopped.Task)
        {
            throw new BuildException("The development runner ended by itself.", Output);
        }
    }

    public ValueTask DisposeAsync() => _runner.DisposeAsync();

    private void Receive(string line)
    {
        _output.Enqueue(line);
        if (line.StartsWith("ready http", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }

        if (line.StartsWith(ConsoleLine, StringComparison.Ordinal))
        {
            _console.TrySetResult(line[ConsoleLine.Length..line.LastIndexOf(':')]);
        }
    }
}
