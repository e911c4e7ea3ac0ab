using System.Diagnostics;
using System.Text;
using HardenedService.Operations.Postgres;

namespace HardenedStarter.Tests;

/// <summary>
/// Debian's virus scanner with a configuration, a database and a port of its own. Its one signature is ours, of the EICAR test file: those
/// that the world uses would have to be downloaded.
/// </summary>
internal sealed class Clamd : IAsyncDisposable
{
    /// <summary>The most that it takes, in bytes.</summary>
    public const int MaxSize = 1024 * 1024;

    // In two parts, so that no scanner takes this source for it.
    public const string Eicar = @"X5O!P%@AP[4\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";

    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly string[] Folders = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"];

    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SupervisedProcess _process;

    private Clamd(string configuration) =>
        _process = SupervisedProcess.Start(new ProcessStartInfo(Find(), ["--foreground", $"--config-file={configuration}"]), "TERM KILL", Patience, Receive);

    public static async Task<Clamd> StartAsync(string folder, int port)
    {
        var signatures = Directory.CreateDirectory(Path.Combine(folder, "signatures")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(signatures, "own.ndb"), $"Own.Eicar:0:*:{Convert.ToHexStringLower(Encoding.ASCII.GetBytes(Eicar))}\n", CancellationToken.None);
        var configuration = Path.Combine(folder, "clamd.conf");
        await File.WriteAllLinesAsync(
            configuration, ["TCPAddr 127.0.0.1", $"TCPSocket {port}", $"DatabaseDirectory {signatures}", $"StreamMaxLength {MaxSize}"], CancellationToken.None);
        var clamd = new Clamd(configuration);
        await Task.WhenAny(clamd._ready.Task, clamd._process.Exited).WaitAsync(LongestStart);
        Assert.True(clamd._ready.Task.IsCompleted, $"clamd ended:\n{clamd._output}");

        return clamd;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(Folders);
        var found = folders.Select(folder => Path.Combine(folder, "clamd")).FirstOrDefault(File.Exists);
        Assert.True(found is not null, "A real virus scanner is needed, and there is no clamd. Debian: apt install clamav-daemon.");

        return found;
    }

    private void Receive(string line)
    {
        _output.AppendLine(line);

        // Its last word before it listens.
        if (line.StartsWith("Self checking", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }
}
