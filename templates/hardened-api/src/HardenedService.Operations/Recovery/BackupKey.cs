using System.Security.Cryptography;

namespace HardenedService.Operations.Recovery;

/// <summary>The key that backups are encrypted with: 32 random bytes, of which each file gets a key of its own.</summary>
internal sealed class BackupKey
{
    /// <summary>What a file's header tells of the key, so that a wrong one is named as such.</summary>
    public const int IdLength = 8;

    private const int KeyLength = 32;

    private readonly byte[] _key;

    private BackupKey(byte[] key)
    {
        _key = key;
        Id = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, IdLength, info: "backup key id"u8.ToArray());
    }

    /// <summary>Tells keys apart, and nothing of the key.</summary>
    public byte[] Id { get; }

    /// <summary>The same, for people.</summary>
    public string Name => Convert.ToHexStringLower(Id);

    /// <summary>Reads the key from a file as <c>openssl rand -base64 32</c> makes it.</summary>
    /// <exception cref="UsageException">The file cannot be read, or holds something else.</exception>
    public static BackupKey Read(string file)
    {
        try
        {
            var key = Convert.FromBase64String(File.ReadAllText(file));

            return key.Length == KeyLength
                ? new(key)
                : throw new UsageException($"Backup:KeyFile: {file} holds {key.Length} bytes and not {KeyLength}: make one with openssl rand -base64 32.");
        }
        catch (FormatException)
        {
            throw new UsageException($"Backup:KeyFile: {file} is not base64: make one with openssl rand -base64 32.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"Backup:KeyFile: {exception.Message}");
        }
    }

    /// <summary>The key of one file, which is bound to what the file is: another one, put in its place, does not open.</summary>
    public AesGcm ForFile(string purpose, byte[] salt) =>
        new(HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, KeyLength, salt, System.Text.Encoding.UTF8.GetBytes($"backup file {purpose}")), EncryptedFile.TagLength);
}
