using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using HardenedService.Dev;
using HardenedService.Operations.Databases;
using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Development;

/// <summary>The development runner as a process of its own, as a developer starts it.</summary>
internal sealed partial class RunningDev : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private RunningDev(int[] ports, string data, string[] more)
    {
        Ports = ports;
        Data = data;
        string[] arguments =
        [
            typeof(DevOptions).Assembly.Location,
            "--port", Text(ports[0]), "--management-port", Text(ports[1]), "--mail-port", Text(ports[2]), "--data", data, .. more,
        ];
        var start = new ProcessStartInfo(ApiProcess.DotnetHost, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int[] Ports { get; }

    public string Data { get; }

    public string Output => string.Join('\n', _output);

    /// <summary>A directory that does not exist yet, where any user may make one.</summary>
    public static string NewData() => Path.Combine(Path.GetTempPath(), "hardened-service-dev-" + Guid.NewGuid().ToString("N"));

    public static int[] FreePorts() => Operations.FreePorts.Take(3);

    public static RunningDev Start(int[] ports, string data, params string[] more) => new(ports, data, more);

    public static async Task<RunningDev> StartReadyAsync(string data, params string[] more)
    {
        var dev = new RunningDev(FreePorts(), data, more);
        await Eventually.HoldsAsync(() => dev._output.Contains($"ready http://127.0.0.1:{dev.Ports[0]}") || dev._process.HasExited, "the ready line");
        Assert.False(dev._process.HasExited, dev.Output);
        return dev;
    }

    /// <summary>The exit code, once the process has ended.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
        return _process.ExitCode;
    }

    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", Text(_process.Id)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await ExitAsync();
    }

    public void Kill() => _process.Kill();

    /// <summary>Runs one statement in the service's database, as the superuser.</summary>
    public async Task<object?> ScalarAsync(string sql)
    {
        var connectionString = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = int.Parse(PostgresPort().Match(Output).Groups["port"].ValueSpan, CultureInfo.InvariantCulture),
            Database = Provisioning.DefaultDatabase,
            Username = "postgres",
            Password = await File.ReadAllTextAsync(Path.Combine(Data, "superuser.password"), TestContext.Current.CancellationToken),
            Pooling = false,
        }.ConnectionString;
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until the API, the mail catcher and the database that this run started are gone.</summary>
    public async Task GoneAsync()
    {
        await Eventually.HoldsAsync(() => Array.TrueForAll(Ports, IsFree), "the ports are free again");
        await Eventually.HoldsAsync(() => !File.Exists(Path.Combine(Data, "pgdata", "postmaster.pid")), "PostgreSQL has stopped");
    }

    public void Dispose()
    {
        // A test that failed half way leaves it running.
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"on port (?<port>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PostgresPort();
}
