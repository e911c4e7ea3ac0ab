using System.Security.Cryptography;
using System.Text;

namespace HardenedService.Operations.Recovery;

/// <summary>The key that backups are encrypted with: 32 random bytes, of which each file gets a key of its own, and what is to be read by all a sum.</summary>
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

    /// <summary>The sum of a text that is not encrypted. With a key, only who has it can make one; without, it finds what was changed by accident.</summary>
    /// <param name="key">The key, if there is one.</param>
    /// <param name="purpose">What the text is: no other text may stand in its place.</param>
    /// <param name="text">The text.</param>
    public static string Sum(BackupKey? key, string purpose, byte[] text) => key is null
        ? $"sha256 {Convert.ToHexStringLower(SHA256.HashData(text))}"
        : $"hmac-sha256 {key.Name} {Convert.ToHexStringLower(HMACSHA256.HashData(key.Derive($"backup text {purpose}"), text))}";

    /// <summary>The key of one file, which is bound to what the file is: another one, put in its place, does not open.</summary>
    public AesGcm ForFile(string purpose, byte[] salt) => new(Derive($"backup file {purpose}", salt), EncryptedFile.TagLength);

    private byte[] Derive(string info, byte[]? salt = null) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, KeyLength, salt, Encoding.UTF8.GetBytes(info));
}
