using System.Security.Cryptography;

namespace HardenedService.Operations.Recovery;

/// <summary>Writes an <see cref="EncryptedFile"/>. It is whole only after <see cref="Finish"/>: what breaks off before does not open.</summary>
internal sealed class EncryptingStream : Stream
{
    private readonly Stream _file;
    private readonly AesGcm _cipher;
    private readonly byte[] _chunk = new byte[EncryptedFile.ChunkLength];
    private readonly byte[] _sealed = new byte[EncryptedFile.ChunkLength + EncryptedFile.TagLength];
    private int _length;
    private long _number;

    public EncryptingStream(Stream file, BackupKey key, string purpose)
    {
        var salt = RandomNumberGenerator.GetBytes(EncryptedFile.SaltLength);
        _file = file;
        _cipher = key.ForFile(purpose, salt);
        _file.Write([.. EncryptedFile.Magic, .. key.Id, .. salt]);
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes the last chunk, without which the file does not open.</summary>
    public void Finish() => Seal(isLast: true);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            // A full chunk waits until it is known that it is not the last.
            if (_length == _chunk.Length)
            {
                Seal(isLast: false);
            }

            var count = Math.Min(buffer.Length, _chunk.Length - _length);
            buffer[..count].CopyTo(_chunk.AsSpan(_length));
            _length += count;
            buffer = buffer[count..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);

        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => _file.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _cipher.Dispose();
        base.Dispose(disposing);
    }

    private void Seal(bool isLast)
    {
        var text = _sealed.AsSpan(0, _length);
        var tag = _sealed.AsSpan(_length, EncryptedFile.TagLength);
        _cipher.Encrypt(EncryptedFile.Nonce(_number++, isLast), _chunk.AsSpan(0, _length), text, tag);
        _file.Write(_sealed, 0, _length + EncryptedFile.TagLength);
        _length = 0;
    }
}
