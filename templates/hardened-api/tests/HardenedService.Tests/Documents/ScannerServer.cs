using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using HardenedService.Dev.Mail;

namespace HardenedService.Tests.Documents;

/// <summary>A virus scanner that does what a test tells it to, and otherwise what clamd does.</summary>
internal sealed class ScannerServer : IAsyncDisposable
{
    // In two parts, so that no scanner takes this source for it.
    public const string Eicar = @"X5O!P%@AP[4\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";

    private readonly LoopbackListener _listener;
    private int _calls;

    public ScannerServer() => _listener = new LoopbackListener(ServeAsync);

    public int Port => _listener.Port;

    /// <summary>What it does with the next connections; after these, what clamd does.</summary>
    public ConcurrentQueue<Func<Stream, CancellationToken, Task>> Next { get; } = new();

    /// <summary>The files that it read to their end.</summary>
    public ConcurrentQueue<string> Scanned { get; } = new();

    /// <summary>How often it was called.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Reads everything, and says this.</summary>
    public static Func<Stream, CancellationToken, Task> Says(string reply) => async (stream, stop) =>
    {
        await ReadAsync(stream, stop);
        await SayAsync(stream, reply, stop);
    };

    /// <summary>Says this after the first few bytes, and closes.</summary>
    public static Func<Stream, CancellationToken, Task> SaysAtOnce(string reply) => async (stream, stop) =>
    {
        await stream.ReadExactlyAsync(new byte[1000], stop);
        await SayAsync(stream, reply, stop);
    };

    /// <summary>Reads everything, and waits for the test before it says this.</summary>
    public static Func<Stream, CancellationToken, Task> Waits(TaskCompletionSource reached, Task told, string reply) => async (stream, stop) =>
    {
        await ReadAsync(stream, stop);
        reached.TrySetResult();
        await told.WaitAsync(stop);
        await SayAsync(stream, reply, stop);
    };

    public static Task Hang(Stream stream, CancellationToken stop) => Task.Delay(Timeout.Infinite, stop);

    /// <summary>Closes the connection while the other side still writes.</summary>
    public static async Task Close(Stream stream, CancellationToken stop) => await stream.ReadExactlyAsync(new byte[1000], stop);

    /// <summary>RST instead of a reply.</summary>
    public static async Task Reset(Stream stream, CancellationToken stop)
    {
        await ReadAsync(stream, stop);
        ((NetworkStream)stream).Socket.LingerState = new LingerOption(enable: true, seconds: 0);
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Stream stream, CancellationToken stop)
    {
        Interlocked.Increment(ref _calls);

        if (Next.TryDequeue(out var behavior))
        {
            await behavior(stream, stop);
            return;
        }

        var file = await ReadAsync(stream, stop);
        Scanned.Enqueue(file);
        await SayAsync(stream, file.Contains(Eicar, StringComparison.Ordinal) ? "stream: Eicar-Test-Signature FOUND\0" : "stream: OK\0", stop);
    }

    private static async Task<string> ReadAsync(Stream stream, CancellationToken stop)
    {
        var (command, length, file) = (new byte[10], new byte[4], new MemoryStream());
        await stream.ReadExactlyAsync(command, stop);
        Assert.Equal("zINSTREAM\0", Encoding.ASCII.GetString(command));

        while (true)
        {
            await stream.ReadExactlyAsync(length, stop);
            var chunk = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];

            if (chunk.Length == 0)
            {
                return Encoding.UTF8.GetString(file.ToArray());
            }

            await stream.ReadExactlyAsync(chunk, stop);
            file.Write(chunk);
        }
    }

    private static async Task SayAsync(Stream stream, string reply, CancellationToken stop) => await stream.WriteAsync(Encoding.UTF8.GetBytes(reply), stop);
}
