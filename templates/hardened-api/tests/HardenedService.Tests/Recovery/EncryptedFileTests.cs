using System.Security.Cryptography;
using HardenedService.Operations;
using HardenedService.Operations.Recovery;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Recovery;

/// <summary>What is encrypted opens as a whole and with its key, or fails.</summary>
public sealed class EncryptedFileTests : IDisposable
{
    private const int Chunk = EncryptedFile.ChunkLength + EncryptedFile.TagLength;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hardened-service-tests-");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(EncryptedFile.ChunkLength - 1)]
    [InlineData(EncryptedFile.ChunkLength)]
    [InlineData(EncryptedFile.ChunkLength + 1)]
    [InlineData((3 * EncryptedFile.ChunkLength) + 17)]
    public async Task What_was_written_is_read(int length)
    {
        var key = NewKey();
        var content = RandomNumberGenerator.GetBytes(length);

        var file = Encrypt(key, content);

        Assert.Equal(content, await DecryptAsync(key, file));
        Assert.True(length < 16 || file.AsSpan().IndexOf(content.AsSpan(0, 16)) < 0, "The content shows.");
    }

    [Fact]
    [Wall("K6")]
    public async Task Every_flipped_byte_is_found()
    {
        var key = NewKey();
        var file = Encrypt(key, RandomNumberGenerator.GetBytes(EncryptedFile.ChunkLength + 100));
        int[] places = [.. Enumerable.Range(0, EncryptedFile.HeaderLength + 20), Chunk, EncryptedFile.HeaderLength + Chunk - 1, EncryptedFile.HeaderLength + Chunk, file.Length - 1];

        foreach (var place in places)
        {
            var flipped = file.ToArray();
            flipped[place] ^= 1;
            await Assert.ThrowsAsync<RecoveryException>(() => DecryptAsync(key, flipped));
        }
    }

    [Fact]
    [Wall("K6")]
    public async Task What_is_cut_off_repeated_left_out_or_put_elsewhere_does_not_open()
    {
        var key = NewKey();
        var file = Encrypt(key, RandomNumberGenerator.GetBytes(3 * EncryptedFile.ChunkLength));
        var (header, first, second, third) = (file[..EncryptedFile.HeaderLength], Part(0), Part(1), Part(2));
        byte[][] forged =
        [
            [], header[..20], header, [.. header, .. first], [.. header, .. first, .. second], file[..^1], [.. file, 0], [.. file, .. third],
            [.. header, .. second, .. first, .. third], [.. header, .. first, .. third], [.. header, .. first, .. first, .. third], [.. header, .. third],
        ];

        await Assert.AllAsync(forged, async content => await Assert.ThrowsAsync<RecoveryException>(() => DecryptAsync(key, content)));

        byte[] Part(int number) => file[(EncryptedFile.HeaderLength + (number * Chunk))..][..Chunk];
    }

    [Fact]
    public async Task Another_key_is_named_as_such_and_another_file_in_its_place_does_not_open()
    {
        var (key, other) = (NewKey(), NewKey());
        var file = Encrypt(key, [1, 2, 3]);

        Assert.Contains($"encrypted with the key {key.Name}, and Backup:KeyFile holds the key {other.Name}", (await Assert.ThrowsAsync<RecoveryException>(() => DecryptAsync(other, file))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RecoveryException>(() => DecryptAsync(key, file, "another file"));
    }

    [Theory]
    [InlineData("not base64 at all", "is not base64")]
    [InlineData("c2hvcnQ=", "holds 5 bytes and not 32")]
    [InlineData(null, "Could not find file")]
    public void A_key_that_is_none_is_refused(string? content, string reason)
    {
        var path = Path.Combine(_directory.FullName, "key");

        if (content is not null)
        {
            File.WriteAllText(path, content);
        }

        Assert.Contains(reason, Assert.Throws<UsageException>(() => BackupKey.Read(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static byte[] Encrypt(BackupKey key, byte[] content)
    {
        using var file = new MemoryStream();
        using var encrypting = new EncryptingStream(file, key, "a file");

        // In pieces that fit no chunk.
        foreach (var piece in content.Chunk(10_007))
        {
            encrypting.Write(piece);
        }

        encrypting.Finish();

        return file.ToArray();
    }

    private static async Task<byte[]> DecryptAsync(BackupKey key, byte[] file, string purpose = "a file")
    {
        using var content = new MemoryStream();
        await using var decrypting = new DecryptingStream(new MemoryStream(file), key, purpose, "file.enc");
        await decrypting.CopyToAsync(content, TestContext.Current.CancellationToken);

        return content.ToArray();
    }

    private BackupKey NewKey()
    {
        var path = Path.Combine(_directory.FullName, $"{Guid.NewGuid():N}");
        File.WriteAllText(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

        return BackupKey.Read(path);
    }
}
