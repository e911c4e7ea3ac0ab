using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using HardenedService.Api.Identity;
using HardenedService.Dev;

namespace HardenedService.Tests.Infrastructure;

/// <summary>The API as a process of its own, with the notes in it, for tests that kill it.</summary>
internal sealed class ApiProgram : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _output = new();
    private readonly Process _process;

    private ApiProgram(string database)
    {
        // The test program's dependencies are the API's and more: they let it load this assembly, which is what hosts a startup.
        var tests = Path.ChangeExtension(typeof(ApiProgram).Assembly.Location, null);
        var start = new ProcessStartInfo(
            ApiProcess.DotnetHost,
            ["exec", "--depsfile", $"{tests}.deps.json", "--runtimeconfig", $"{tests}.runtimeconfig.json", typeof(RegisterRequest).Assembly.Location])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };

        foreach (var (key, value) in ApiHost.Settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = typeof(ApiProgram).Assembly.GetName().Name;
        start.Environment["Database__ConnectionString"] = database;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
    }

    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>Starts it, and returns when it listens.</summary>
    public static async Task<ApiProgram> StartAsync(string database)
    {
        var program = new ApiProgram(database);
        program._process.Start();
        program._process.BeginOutputReadLine();
        await Eventually.HoldsAsync(
            () => program._process.HasExited ? throw new InvalidOperationException(string.Join('\n', program._output)) : program.Addresses().Any(), "the API to listen");
        program.Client.BaseAddress = new Uri(program.Addresses().First());

        return program;
    }

    /// <summary>SIGKILL: no time for a last word.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await KillAsync();
        _process.Dispose();
    }

    private IEnumerable<string> Addresses() => _output
        .Where(line => line.StartsWith('{'))
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Properties"))
        .Where(properties => properties.TryGetProperty("address", out _))
        .Select(properties => properties.GetProperty("address").GetString()!);
}
