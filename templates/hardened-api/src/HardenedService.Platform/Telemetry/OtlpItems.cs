using System.IO.Compression;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Counts what an export request carries, and what its answer says was rejected. The three signals nest alike (opentelemetry-proto): resources are
/// field 1 of the request, scopes field 2 of a resource, and spans, log records or metrics field 2 of a scope. A partial success is field 1 of the
/// answer, and the number of what was rejected field 1 of that.
/// </summary>
internal static class OtlpItems
{
    private const string Protobuf = "application/x-protobuf";
    private const string Grpc = "application/grpc";

    // A gRPC message begins with a flag, compressed or not, and its length.
    private const int GrpcPrefix = 5;

    private static readonly int[] Path = [1, 2, 2];

    /// <summary>How many items are in a request, whose body is buffered.</summary>
    public static int CountIn(HttpRequestMessage request) => request.Content is { } content ? Count(MessageIn(content)) : 0;

    /// <summary>How many of them a collector did not take, as its answer says, which has been buffered.</summary>
    public static int RejectedIn(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType is Protobuf or Grpc ? Rejected(MessageIn(response.Content)) : 0;

    /// <summary>How many items are in a request; of a broken one, those before the fault.</summary>
    public static int Count(ReadOnlySpan<byte> request) => Count(request, depth: 0);

    private static int Count(ReadOnlySpan<byte> message, int depth)
    {
        if (depth == Path.Length)
        {
            return 1;
        }

        var items = 0;

        while (TryReadField(ref message, out var field, out _, out var content))
        {
            items += field == Path[depth] ? Count(content, depth + 1) : 0;
        }

        return items;
    }

    private static int Rejected(ReadOnlySpan<byte> answer)
    {
        while (TryReadField(ref answer, out var field, out _, out var partial))
        {
            while (field == 1 && TryReadField(ref partial, out var inner, out var rejected, out _))
            {
                if (inner == 1)
                {
                    return (int)Math.Min(rejected, int.MaxValue);
                }
            }
        }

        return 0;
    }

    private static ReadOnlySpan<byte> MessageIn(HttpContent content)
    {
        // It is in memory: nothing is waited for.
        ReadOnlySpan<byte> message = content.ReadAsByteArrayAsync().GetAwaiter().GetResult();
        var isGrpc = content.Headers.ContentType?.MediaType == Grpc;
        var isCompressed = isGrpc ? message is [1, ..] : content.Headers.ContentEncoding.Contains("gzip");
        message = isGrpc ? message[Math.Min(GrpcPrefix, message.Length)..] : message;

        return isCompressed ? Decompress(message) : message;
    }

    // Of a number there is no content, and of content no number.
    private static bool TryReadField(ref ReadOnlySpan<byte> message, out int field, out ulong number, out ReadOnlySpan<byte> content)
    {
        number = 0;
        content = default;

        if (!TryReadVarint(ref message, out var tag))
        {
            field = 0;
            return false;
        }

        field = (int)(tag >> 3);

        switch (tag & 7)
        {
            case 0:
                return TryReadVarint(ref message, out number);
            case 1 when message.Length >= 8:
                message = message[8..];
                return true;
            case 2 when TryReadVarint(ref message, out var length) && length <= (ulong)message.Length:
                content = message[..(int)length];
                message = message[(int)length..];
                return true;
            case 5 when message.Length >= 4:
                message = message[4..];
                return true;
            default:
                return false;
        }
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
