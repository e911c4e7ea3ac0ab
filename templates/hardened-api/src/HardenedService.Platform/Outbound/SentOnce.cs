namespace HardenedService.Platform.Outbound;

/// <summary>
/// Keeps <see cref="SocketsHttpHandler"/> from repeating requests by itself. It sends one again, three times, if the connection ends before
/// an answer begins, unless a body was under way: a retry layer that no budget knows and that a POST without a body does not survive once. It
/// recognises such an end by an <see cref="IOException"/>, or by no bytes; here it meets another exception.
/// </summary>
internal static class SentOnce
{
    /// <summary>Stands between HTTP and the connection, TLS included.</summary>
    public static ValueTask<Stream> FilterAsync(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancel) =>
        ValueTask.FromResult<Stream>(new FilteredStream(context.PlaintextStream));

    private sealed class FilteredStream(Stream inner) : Stream
    {
        // After a write, until something is read. What ends an answer, or an idle connection, is none of our business.
        private volatile bool _awaitsAnswer;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read;

            try
            {
                read = await inner.ReadAsync(buffer, cancellationToken);
            }
            catch (IOException exception) when (_awaitsAnswer)
            {
                throw new HttpRequestException(HttpRequestError.ResponseEnded, message: null, exception);
            }

            if (read > 0)
            {
                _awaitsAnswer = false;
            }

            // Reading into nothing waits for something to come.
            return read > 0 || buffer.IsEmpty || !_awaitsAnswer ? read : throw new HttpRequestException(HttpRequestError.ResponseEnded);
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _awaitsAnswer = true;

            try
            {
                await inner.WriteAsync(buffer, cancellationToken);
            }
            catch (IOException exception)
            {
                throw new HttpRequestException(HttpRequestError.ConnectionError, message: null, exception);
            }
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
