using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using HardenedService.Platform.Outbound;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Documents.Scanning;

/// <summary>
/// Asks clamd by its INSTREAM command: the file in chunks, each behind its length, then a length of zero. Scanning twice does no harm, so that
/// what failed is repeated.
/// </summary>
internal sealed class VirusScanner([FromKeyedServices(VirusScanner.Name)] OutboundPipeline pipeline, IOptions<ScannerOptions> options)
{
    public const string Name = "Scanner";

    private const int LengthSize = sizeof(uint);
    private const int ChunkSize = 64 * 1024;
    private const int MaxReplySize = 1024;
    private const string Finding = " FOUND";
    private const string About = "stream: ";

    /// <summary>Scans a file.</summary>
    /// <param name="open">Opens the file, anew for each attempt.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What the scanner says.</returns>
    /// <exception cref="UpstreamException">It failed, or was not asked: it may be able to tell later.</exception>
    public Task<ScanResult> ScanAsync(Func<Stream> open, CancellationToken cancel) =>
        pipeline.RunAsync(attempt => AttemptAsync(open, attempt), mayRetry: true, cancel).AsTask();

    private async ValueTask<ScanResult> AttemptAsync(Func<Stream> open, CancellationToken cancel)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(options.Value.Host, options.Value.Port, cancel);
        var connection = client.GetStream();

        // From the start: a scanner that has had enough says so, and closes, while we still write.
        var reply = ReadReplyAsync(connection, cancel);

        try
        {
            await SendAsync(open, connection, reply, cancel);
        }
        catch
        {
            client.Close();
            await ((Task)reply).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return Result(await reply);
    }

    private static async Task SendAsync(Func<Stream> open, NetworkStream connection, Task reply, CancellationToken cancel)
    {
        await using var file = open();
        var buffer = new byte[LengthSize + ChunkSize];
        var isTaken = await TryWriteAsync(connection, "zINSTREAM\0"u8.ToArray(), cancel);

        while (isTaken && !reply.IsCompleted)
        {
            var length = await file.ReadAtLeastAsync(buffer.AsMemory(LengthSize), ChunkSize, throwOnEndOfStream: false, cancel);
            BinaryPrimitives.WriteInt32BigEndian(buffer, length);
            isTaken = await TryWriteAsync(connection, buffer.AsMemory(0, LengthSize + length), cancel) && length > 0;
        }
    }

    // That the scanner does not listen any more is no failure yet: its reply says why.
    private static async Task<bool> TryWriteAsync(NetworkStream connection, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            await connection.WriteAsync(bytes, cancel);

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    // Up to its NUL; what ends without one is not a reply.
    private static async Task<string> ReadReplyAsync(NetworkStream connection, CancellationToken cancel)
    {
        var buffer = new byte[MaxReplySize];

        for (var length = 0; length < buffer.Length;)
        {
            var read = await connection.ReadAsync(buffer.AsMemory(length), cancel);

            if (read == 0)
            {
                return "";
            }

            length += read;

            if (buffer.AsSpan(0, length).IndexOf((byte)0) is >= 0 and var end)
            {
                return Encoding.UTF8.GetString(buffer, 0, end);
            }
        }

        return "";
    }

    private static ScanResult Result(string reply) => reply switch
    {
        About + "OK" => new(DocumentStatus.Clean),
        _ when IsTooMuch(reply) => new(DocumentStatus.Unscannable),
        _ when IsFinding(reply) => new(DocumentStatus.Infected, reply[About.Length..^Finding.Length]),
        _ when reply.EndsWith(" ERROR", StringComparison.Ordinal) => throw Failure("answered that it could not scan"),
        _ => throw Failure("answered with something that is no reply"),
    };

    private static bool IsFinding(string reply) =>
        reply.Length > About.Length + Finding.Length
            && reply.StartsWith(About, StringComparison.Ordinal)
            && reply.EndsWith(Finding, StringComparison.Ordinal);

    // Its limits: of the stream, and, if it is set up to tell, of what it looks into.
    private static bool IsTooMuch(string reply) =>
        reply == "INSTREAM size limit exceeded. ERROR" || reply.StartsWith($"{About}Heuristics.Limits.Exceeded", StringComparison.Ordinal);

    private static UpstreamException Failure(string reason) => new(Name, UpstreamFailure.Failed, reason);
}
