using System.Diagnostics;
using System.Text;

namespace HardenedService.Operations.Postgres;

/// <summary>
/// A child process that does not outlive us, even if we are killed by SIGKILL: on Unix it runs below a small shell that reads
/// a pipe whose other end only we hold, and stops the child when that end is gone. Ctrl-C in our terminal does not reach it,
/// so that we decide the order in which things stop. On Windows the child is started directly and killed on dispose; if we
/// are killed there, it stays.
/// </summary>
internal sealed class SupervisedProcess : IAsyncDisposable
{
    // Signals to our process group do not count here: neither to the supervisor, which catches them (what it caught, the child
    // starts with as usual), nor to the reader of the pipe, which alone decides that it is time to stop.
    private const string Supervisor = """
        trap : INT TERM QUIT HUP
        signals=$1 patience=$2
        shift 2
        exec 3<&0 </dev/null
        "$@" 3<&- &
        child=$!
        (
            trap '' INT TERM QUIT HUP
            read -r _ <&3
            for signal in $signals; do
                kill -"$signal" "$child"
                for _ in $(seq "${patience}0"); do
                    kill -0 "$child" || exit
                    sleep 0.1
                done
            done
        ) >/dev/null 2>&1 &
        reader=$!
        exec 3<&-
        wait "$child"
        status=$?
        while kill -0 "$child" 2>/dev/null; do
            wait "$child"
            status=$?
        done
        kill -KILL "$reader" 2>/dev/null
        wait "$reader" 2>/dev/null
        exit $status
        """;

    // A session of its own keeps even a SIGKILL to our process group away. macOS has no setsid; there `set -m` gives at least the
    // child a group of its own.
    private static readonly string[] Setsid = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(directory => Path.Combine(directory, "setsid"))
        .Where(File.Exists)
        .Take(1)];

    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly TimeSpan _longestStop;

    private SupervisedProcess(Process process, TimeSpan longestStop)
    {
        _process = process;
        _longestStop = longestStop;
        Exited = WaitForExitAsync();
    }

    /// <summary>Completes with the exit code once the process has ended.</summary>
    public Task<int> Exited { get; }

    /// <summary>What a process writes to its standard output that was started with <c>piped</c>.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Starts a process.</summary>
    /// <param name="start">The program, its arguments as a list, environment and working directory.</param>
    /// <param name="signals">The signals that stop it, from polite to final, such as <c>TERM KILL</c>.</param>
    /// <param name="patience">How long each signal may take before the next one follows.</param>
    /// <param name="output">Is given what the process writes, line by line; null lets it write where we write.</param>
    /// <param name="piped">Whether its standard output is not for <paramref name="output"/>, but for whoever reads <see cref="Output"/>.</param>
    public static SupervisedProcess Start(ProcessStartInfo start, string signals, TimeSpan patience, Action<string>? output = null, bool piped = false)
    {
        if (!OperatingSystem.IsWindows())
        {
            var script = OperatingSystem.IsMacOS() ? "set -m\n" + Supervisor : Supervisor;
            string[] command = [.. Setsid, "/bin/sh", "-c", script, "sh", signals, $"{(int)patience.TotalSeconds}", start.FileName, .. start.ArgumentList];
            start.FileName = command[0];
            start.ArgumentList.Clear();
            Array.ForEach(command[1..], start.ArgumentList.Add);
        }

        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = start.RedirectStandardError = output is not null;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Receive(line.Data);
        process.ErrorDataReceived += (_, line) => Receive(line.Data);
        process.Start();
        if (output is not null && !piped)
        {
            process.BeginOutputReadLine();
        }

        if (output is not null)
        {
            process.BeginErrorReadLine();
        }

        return new SupervisedProcess(process, patience * signals.Split(' ').Length + KillPatience);

        void Receive(string? line)
        {
            if (line is not null)
            {
                output!(line);
            }
        }
    }

    /// <summary>Runs a program to its end and returns its exit code with all that it wrote.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(ProcessStartInfo start, CancellationToken cancel)
    {
        var output = new StringBuilder();
        await using var process = Start(start, "TERM KILL", TimeSpan.FromSeconds(5), Append);
        var exitCode = await process.Exited.WaitAsync(cancel);
        return (exitCode, output.ToString().Trim());

        void Append(string line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }

    /// <summary>Has the process stopped, and does not wait until it is gone.</summary>
    public void Stop()
    {
        if (OperatingSystem.IsWindows())
        {
            _process.Kill(entireProcessTree: true);
        }
        else
        {
            _process.StandardInput.Close();
        }
    }

    /// <summary>Stops the process, and returns when it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop();

        try
        {
            await Exited.WaitAsync(_longestStop);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            await Task.WhenAny(Exited, Task.Delay(KillPatience));
        }

        _process.Dispose();
    }

    private async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }
}
