using System.Buffers.Binary;

namespace HardenedService.Operations.Recovery;

/// <summary>
/// How a file is encrypted: a header (8 bytes that name the format, 8 that tell the key, 32 of salt), then chunks of 64 KiB by AES-256-GCM, each
/// with its tag of 16 bytes. The nonce is the chunk's number in 11 bytes, and one byte that is 1 for the last chunk alone, as in age and in the STREAM
/// construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): chunks that are flipped, left out, put elsewhere or cut off do not open. No nonce comes
/// twice, since every file has a key of its own.
/// </summary>
internal static class EncryptedFile
{
    public const int ChunkLength = 64 * 1024;
    public const int TagLength = 16;
    public const int SaltLength = 32;
    public const int HeaderLength = 8 + BackupKey.IdLength + SaltLength;

    /// <summary>The ending of an encrypted file's name.</summary>
    public const string Ending = ".enc";

    public static ReadOnlySpan<byte> Magic => "BACKUP1\n"u8;

    public static byte[] Nonce(long chunk, bool isLast)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(3), chunk);
        nonce[11] = isLast ? (byte)1 : (byte)0;

        return nonce;
    }
}
