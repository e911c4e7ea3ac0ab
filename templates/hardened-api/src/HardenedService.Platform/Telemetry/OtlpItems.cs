using System.IO.Compression;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Counts what an export request carries. The three signals nest alike (opentelemetry-proto): resources are field 1 of the request, scopes field 2
/// of a resource, and spans, log records or metrics field 2 of a scope.
/// </summary>
internal static class OtlpItems
{
    // A gRPC message begins with a flag, compressed or not, and its length.
    private const int GrpcPrefix = 5;

    private static readonly int[] Path = [1, 2, 2];

    /// <summary>Buffers the request's body.</summary>
    public static int CountIn(HttpRequestMessage request)
    {
        if (request.Content is not { } content)
        {
            return 0;
        }

        // The exporter's body is in memory: nothing is waited for.
        content.LoadIntoBufferAsync().GetAwaiter().GetResult();
        using var body = new MemoryStream();
        content.ReadAsStream().CopyTo(body);
        var isGrpc = content.Headers.ContentType?.MediaType == "application/grpc";
        ReadOnlySpan<byte> message = body.GetBuffer().AsSpan(0, (int)body.Length);
        var isCompressed = isGrpc ? message is [1, ..] : content.Headers.ContentEncoding.Contains("gzip");
        message = isGrpc ? message[Math.Min(GrpcPrefix, message.Length)..] : message;

        return Count(isCompressed ? Decompress(message) : message);
    }

    /// <summary>How many items are in a request; of a broken one, those before the fault.</summary>
    public static int Count(ReadOnlySpan<byte> request) => Count(request, depth: 0);

    private static int Count(ReadOnlySpan<byte> message, int depth)
    {
        if (depth == Path.Length)
        {
            return 1;
        }

        var items = 0;

        while (TryReadVarint(ref message, out var tag))
        {
            switch (tag & 7)
            {
                case 0 when TryReadVarint(ref message, out _):
                    break;
                case 1 when message.Length >= 8:
                    message = message[8..];
                    break;
                case 2 when TryReadVarint(ref message, out var length) && length <= (ulong)message.Length:
                    items += (int)(tag >> 3) == Path[depth] ? Count(message[..(int)length], depth + 1) : 0;
                    message = message[(int)length..];
                    break;
                case 5 when message.Length >= 4:
                    message = message[4..];
                    break;
                default:
                    return items;
            }
        }

        return items;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> message, out ulong value)
    {
        value = 0;

        for (var i = 0; i < Math.Min(message.Length, 10); i++)
        {
            value |= (ulong)(message[i] & 0x7F) << (7 * i);

            if (message[i] < 0x80)
            {
                message = message[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> Decompress(ReadOnlySpan<byte> body)
    {
        using var compressed = new MemoryStream(body.ToArray());
        using var gzip = new GZipStream(compressed, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);

        return plain.GetBuffer().AsSpan(0, (int)plain.Length);
    }
}
