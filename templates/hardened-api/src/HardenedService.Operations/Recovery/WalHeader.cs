namespace HardenedService.Operations.Recovery;

/// <summary>
/// What a segment's first page says of it. Its name says less: PostgreSQL keeps files that it has done with under the names of segments to come, with
/// what was in them.
/// </summary>
/// <param name="Position">Where in the WAL the page is.</param>
/// <param name="System">The cluster that wrote it, which calls this its system identifier.</param>
/// <param name="SegmentSize">The length of a segment in bytes.</param>
internal sealed record WalHeader(ulong Position, long System, long SegmentSize)
{
    private const int Length = 40;

    /// <summary>Reads it, and makes sure that the file is the segment that it is called.</summary>
    /// <exception cref="RecoveryException">It holds something else.</exception>
    public static async Task<WalHeader> ReadAsync(WalFile file, CancellationToken cancel)
    {
        await using var content = File.OpenRead(file.Path);
        var page = new byte[Length];
        _ = await content.ReadAtLeastAsync(page, Length, throwOnEndOfStream: false, cancel);

        // XLogLongPageHeaderData, in the order of bytes of the machine, as PostgreSQL itself reads it.
        var header = new WalHeader(BitConverter.ToUInt64(page, 8), BitConverter.ToInt64(page, 24), BitConverter.ToUInt32(page, 32));

        return header.SegmentSize > 0 && content.Length == header.SegmentSize && file.Number(header.SegmentSize) * (ulong)header.SegmentSize == header.Position
            ? header
            : throw new RecoveryException(
                $"{file.Path} is not the segment that it is called: PostgreSQL keeps files that it has done with under the names of those to come, and there is nothing in them to store; or it was not copied to its end.");
    }
}
