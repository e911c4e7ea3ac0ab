using System.Collections.Concurrent;
using System.Diagnostics;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

/// <summary>A program as a person starts it: no supervisor above. Ended by its process id, if it has not ended by then.</summary>
internal sealed class ToolProcess : IDisposable
{
    private readonly ConcurrentQueue<string> _output = [];
    private readonly Process _process;
    private readonly TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _awaited;

    private ToolProcess(ProcessStartInfo start, string awaited)
    {
        _awaited = awaited;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Receive(line.Data);
        _process.ErrorDataReceived += (_, line) => Receive(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public string Output => string.Join('\n', _output);

    /// <summary>Starts it with a directory for temporary files of its own; <see cref="SaysAsync"/> waits for the awaited words.</summary>
    public static ToolProcess Start(string directory, string temporary, string awaited, params IEnumerable<string> arguments)
    {
        var start = Dotnet.StartInfo(directory, arguments);
        start.Environment["TMPDIR"] = temporary;
        return new ToolProcess(start, awaited);
    }

    public async Task SaysAsync(TimeSpan limit)
    {
        var ended = _process.WaitForExitAsync();
        await Task.WhenAny(_said.Task, ended).WaitAsync(limit);
        Assert.True(_said.Task.IsCompleted, $"It ended without saying '{_awaited}':\n{Output}");
    }

    public async Task<int> ExitsAsync(TimeSpan limit)
    {
        await _process.WaitForExitAsync().WaitAsync(limit);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL, to this process alone.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private void Receive(string? line)
    {
        if (line is not null)
        {
            _output.Enqueue(line);
            if (line.Contains(_awaited, StringComparison.Ordinal))
            {
                _said.TrySetResult();
            }
        }
    }
}
