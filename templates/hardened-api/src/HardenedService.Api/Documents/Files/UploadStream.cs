using System.Security.Cryptography;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Documents.Files;

/// <summary>What is not taken, found out while it arrives.</summary>
internal sealed class UploadRefusedException(ProblemHttpResult refusal) : Exception
{
    public ProblemHttpResult Refusal => refusal;
}

/// <summary>Looks at bytes on their way into the store: how many, of which type, and their hash. What is too much or of no type ends it there.</summary>
internal sealed class UploadStream(Stream content, long maxSize) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly TextCheck _text = new();

    /// <summary>What came so far, in bytes.</summary>
    public long Size { get; private set; }

    /// <summary>By the first bytes; null before they came.</summary>
    public FileType? Type { get; private set; }

    /// <summary>Of all the bytes, once they came.</summary>
    public byte[] Sha256() => _hash.GetCurrentHash();

    /// <exception cref="UploadRefusedException">It is too large, or neither of the types.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Types are told by the beginning: that much comes at once, or is all there is.
        var least = Type is null ? Math.Min(FileType.HeadLength, buffer.Length) : Math.Min(1, buffer.Length);
        var length = await content.ReadAtLeastAsync(buffer, least, throwOnEndOfStream: false, cancellationToken);
        Size += length;

        if (Size > maxSize)
        {
            throw new UploadRefusedException(Problems.PayloadTooLarge.Result($"A file has at most {maxSize} bytes."));
        }

        Look(buffer.Span[..length], isEnd: length == 0 && buffer.Length > 0);

        return length;
    }

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }

    private void Look(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        _hash.AppendData(bytes);
        Type ??= FileType.Of(bytes);

        if (Type == FileType.Text && !_text.Accepts(bytes, isEnd))
        {
            throw new UploadRefusedException(Problems.UnsupportedMediaType.Result(
                "A document is a PDF, a PNG or JPEG image, or text in UTF-8. The bytes decide, and not the name."));
        }
    }
}
