using System.Buffers.Binary;
using System.Text;
using HardenedService.Dev.Mail;

namespace HardenedService.Dev.Documents;

/// <summary>Speaks clamd's INSTREAM command, and finds one virus: the EICAR test file, which anybody can make and which harms nobody.</summary>
internal sealed class FakeScanner : IAsyncDisposable
{
    // In two parts, so that no scanner takes this source for it.
    private static readonly byte[] Eicar = Encoding.ASCII.GetBytes(@"X5O!P%@AP[4\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*");

    private readonly LoopbackListener _listener;
    private Mood _mood = new();

    public FakeScanner() => _listener = new LoopbackListener(ServeAsync);

    /// <summary>The port that it listens on, a free one.</summary>
    public int Port => _listener.Port;

    /// <summary>How it behaves, from the next call on.</summary>
    public Mood Mood
    {
        get => Volatile.Read(ref _mood);
        set => Volatile.Write(ref _mood, value);
    }

    /// <summary>Stops listening, and ends what is connected.</summary>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Stream connection, CancellationToken stop)
    {
        var command = new byte["zINSTREAM\0".Length];
        await connection.ReadExactlyAsync(command, stop);

        if (!command.AsSpan().SequenceEqual("zINSTREAM\0"u8))
        {
            await connection.WriteAsync("UNKNOWN COMMAND\0"u8.ToArray(), stop);
            return;
        }

        var found = await ReadAsync(connection, stop);
        var reply = await Mood.TakeAsync(stop) switch
        {
            Turn.Error => "stream: Can't open file or directory ERROR",
            Turn.Garbage => "HTTP/1.1 400 Bad Request",
            _ when found => "stream: Eicar-Test-Signature FOUND",
            _ => "stream: OK",
        };
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"{reply}\0"), stop);
    }

    // Chunks until an empty one. What was read before a chunk is kept as far as the signature could begin in it.
    private static async Task<bool> ReadAsync(Stream connection, CancellationToken stop)
    {
        var (length, rest, found) = (new byte[4], Array.Empty<byte>(), false);

        while (true)
        {
            await connection.ReadExactlyAsync(length, stop);

            if (BinaryPrimitives.ReadUInt32BigEndian(length) is not (> 0 and <= 25 * 1024 * 1024 and var size))
            {
                return found;
            }

            var bytes = new byte[rest.Length + (int)size];
            rest.CopyTo(bytes, 0);
            await connection.ReadExactlyAsync(bytes.AsMemory(rest.Length), stop);
            found |= bytes.AsSpan().IndexOf(Eicar) >= 0;
            rest = bytes[^Math.Min(bytes.Length, Eicar.Length - 1)..];
        }
    }
}
