using System.Collections.Concurrent;
using HardenedService.Operations.Postgres;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>A server that is measured, in a process of its own: a program that is one file beside these, and says where it listens.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private const string Listening = "listening ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _output = [];
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SupervisedProcess _process;

    private BenchServer(string program, IEnumerable<string> arguments) => _process = SupervisedProcess.Start(
        Dotnet.StartInfo(Path.GetDirectoryName(program)!, [program, .. arguments]), "TERM KILL", Patience, Receive);

    public Uri Address { get; private set; } = null!;

    /// <summary>Builds a program in Release.</summary>
    /// <returns>The path to start it by.</returns>
    public static async Task<string> BuildAsync(string name, string output, CancellationToken cancel)
    {
        var source = Path.Combine(Repository.Root, "build", "Benchmarks", $"{name}.cs");
        await Dotnet.RunOrThrowAsync(Repository.Root, "The servers do not build.", cancel, "build", source, "-c", "Release", "-o", output, "-v", "q");

        return Path.Combine(output, $"{name}.dll");
    }

    /// <exception cref="BuildException">It ended instead of listening.</exception>
    public static async Task<BenchServer> StartAsync(string program, CancellationToken cancel, params IEnumerable<string> arguments)
    {
        var server = new BenchServer(program, arguments);
        try
        {
            await Task.WhenAny(server._address.Task, server._process.Exited).WaitAsync(Patience, cancel);
            server.Address = server._address.Task.IsCompleted
                ? await server._address.Task
                : throw new BuildException("A server ended at once.", string.Join('\n', server._output));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private void Receive(string line)
    {
        // What it logs under load nobody reads.
        if (!_address.Task.IsCompleted)
        {
            _output.Enqueue(line);
        }

        if (line.StartsWith(Listening, StringComparison.Ordinal))
        {
            _address.TrySetResult(new Uri(line[Listening.Length..]));
        }
    }
}
