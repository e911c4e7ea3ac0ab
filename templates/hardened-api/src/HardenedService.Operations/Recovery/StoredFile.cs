using System.Security.Cryptography;
using HardenedService.Operations.Postgres;

namespace HardenedService.Operations.Recovery;

/// <summary>A file of a backup, as it lies there.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Sha256">Its SHA-256, in hexadecimal digits.</param>
internal sealed record StoredFile(string Name, long Size, string Sha256)
{
    /// <summary>Writes a file, encrypted if there is a key, and returns once it is on the disk.</summary>
    /// <param name="path">Where to; nothing may be there yet.</param>
    /// <param name="purpose">What it is: the same name has to be given to read it.</param>
    /// <param name="key">The key; null for a file that everyone reads who gets it.</param>
    /// <param name="write">Writes the content.</param>
    public static async Task<StoredFile> WriteAsync(string path, string purpose, BackupKey? key, Func<Stream, Task> write)
    {
        await using var file = new FileStream(path, PrivateFile.NewFile);
        using var hash = SHA256.Create();
        await using (var hashing = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true))
        {
            if (key is null)
            {
                await write(hashing);
            }
            else
            {
                await using var encrypting = new EncryptingStream(hashing, key, purpose);
                await write(encrypting);
                encrypting.Finish();
            }
        }

        file.Flush(flushToDisk: true);

        return new(Path.GetFileName(path), file.Length, Convert.ToHexStringLower(hash.Hash!));
    }

    /// <summary>Makes sure that it lies there in its full length, and reads nothing of it.</summary>
    /// <param name="directory">Where it lies.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="RecoveryException">It is missing, or cut off.</exception>
    public string Find(string directory)
    {
        var file = new FileInfo(Path.Combine(directory, Name));

        if (!file.Exists)
        {
            throw new RecoveryException($"{file.FullName} is missing.");
        }

        return file.Length == Size ? file.FullName : throw new RecoveryException($"{file.FullName} is corrupted: it has {file.Length} bytes, and {Size} were written.");
    }

    /// <summary>Reads this file.</summary>
    /// <param name="directory">Where it lies.</param>
    /// <param name="purpose">What it is, as it was written.</param>
    /// <param name="key">The key; null if it is not encrypted.</param>
    /// <param name="read">Reads the content, on a thread of its own; it has been found sound only when this method returns.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RecoveryException">It is missing, or not what was written.</exception>
    public Task ReadAsync(string directory, string purpose, BackupKey? key, Action<Stream> read, CancellationToken cancel) =>
        Task.Run(() => Read(directory, purpose, key, read, cancel), cancel);

    private void Read(string directory, string purpose, BackupKey? key, Action<Stream> read, CancellationToken cancel)
    {
        var path = Find(directory);
        Exception? failure = null;
        using var file = File.OpenRead(path);
        using var summed = new SummedStream(file, cancel);

        try
        {
            using var decrypting = key is null ? null : new DecryptingStream(summed, key, purpose, path);
            var content = decrypting ?? (Stream)summed;
            read(content);
            content.CopyTo(Stream.Null);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or RecoveryException))
        {
            // What is corrupted may fail in any way, and the sum tells whether it is.
            failure = exception;
        }

        var sum = summed.Sum();

        if (sum != Sha256)
        {
            throw new RecoveryException($"{path} is corrupted: its SHA-256 is {sum}, and {Sha256} was written.", failure);
        }

        if (failure is not null)
        {
            throw new RecoveryException($"{path} cannot be unpacked: {failure.Message}", failure);
        }
    }
}
