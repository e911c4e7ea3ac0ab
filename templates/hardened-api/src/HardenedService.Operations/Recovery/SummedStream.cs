using System.Security.Cryptography;
using HardenedService.Platform.Hosting;

namespace HardenedService.Operations.Recovery;

/// <summary>Sums what is read of a file, by SHA-256, and gives up when it is told to: so what reads it needs no token.</summary>
internal sealed class SummedStream(Stream file, CancellationToken cancel) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Reads what is left of it.</summary>
    /// <returns>The sum of the whole file, in hexadecimal digits.</returns>
    public string Sum()
    {
        CopyTo(Null);

        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public override int Read(Span<byte> buffer)
    {
        cancel.ThrowIfCancellationRequested();
        var count = file.Read(buffer);
        _hash.AppendData(buffer[..count]);

        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
