using System.Security.Cryptography;
using HardenedService.Platform.Hosting;

namespace HardenedService.Operations.Recovery;

/// <summary>Reads an <see cref="EncryptedFile"/>, and hands out nothing that was not found sound.</summary>
internal sealed class DecryptingStream : ReadOnlyStream
{
    private readonly Stream _file;
    private readonly string _path;
    private readonly AesGcm _cipher;
    private readonly byte[] _chunk = new byte[EncryptedFile.ChunkLength];
    private byte[] _current = new byte[EncryptedFile.ChunkLength + EncryptedFile.TagLength];
    private byte[] _next = new byte[EncryptedFile.ChunkLength + EncryptedFile.TagLength];
    private int _nextLength;
    private int _length;
    private int _read;
    private long _number;
    private bool _isOver;

    /// <exception cref="RecoveryException">It is no encrypted file, or encrypted with another key.</exception>
    public DecryptingStream(Stream file, BackupKey key, string purpose, string path)
    {
        var header = new byte[EncryptedFile.HeaderLength];

        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header.AsSpan().StartsWith(EncryptedFile.Magic))
        {
            throw new RecoveryException($"{path} is corrupted: it does not begin as an encrypted file does.");
        }

        var id = header.AsSpan(EncryptedFile.Magic.Length, BackupKey.IdLength);

        if (!id.SequenceEqual(key.Id))
        {
            throw new RecoveryException($"{path} was encrypted with the key {Convert.ToHexStringLower(id)}, and Backup:KeyFile holds the key {key.Name}.");
        }

        (_file, _path) = (file, path);
        _cipher = key.ForFile(purpose, header[^EncryptedFile.SaltLength..]);
        _nextLength = file.ReadAtLeast(_next, _next.Length, throwOnEndOfStream: false);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();

        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override int Read(Span<byte> buffer)
    {
        if (_read == _length && !_isOver)
        {
            Open();
        }

        var count = Math.Min(buffer.Length, _length - _read);
        _chunk.AsSpan(_read, count).CopyTo(buffer);
        _read += count;

        return count;
    }

    protected override void Dispose(bool disposing)
    {
        _cipher.Dispose();
        base.Dispose(disposing);
    }

    // Whether a chunk is the last one shows by what follows it: nothing. That it was meant to be, its nonce tells.
    private void Open()
    {
        (_current, _next) = (_next, _current);
        var sealedLength = _nextLength;
        _nextLength = _file.ReadAtLeast(_next, _next.Length, throwOnEndOfStream: false);
        _isOver = _nextLength == 0;
        (_length, _read) = (sealedLength - EncryptedFile.TagLength, 0);

        try
        {
            _cipher.Decrypt(
                EncryptedFile.Nonce(_number, _isOver),
                _current.AsSpan(0, _length),
                _current.AsSpan(_length, EncryptedFile.TagLength),
                _chunk.AsSpan(0, _length));
            _number++;
        }
        catch (Exception exception) when (exception is AuthenticationTagMismatchException or ArgumentOutOfRangeException)
        {
            throw new RecoveryException(
                $"{_path} is corrupted, or ends too early: its chunk {_number}, from byte {EncryptedFile.HeaderLength + (_number * _next.Length)} on, does not open.", exception);
        }
    }
}
