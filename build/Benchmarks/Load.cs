using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>
/// Asks for one address over and over, on kept-alive connections, as fast as answers come. Bare sockets: on two cores a full HTTP client
/// would take more of the processor than the servers that are compared.
/// </summary>
/// <param name="address">What is asked for.</param>
/// <param name="headerOf">A header line of its own for each connection, by number; none by default.</param>
/// <param name="method">The method; requests have no body.</param>
internal sealed class Load(Uri address, Func<int, string>? headerOf = null, string method = "GET") : IDisposable
{
    private readonly List<Connection> _connections = [];

    /// <summary>What one in a hundred requests of the last run took at least, in milliseconds.</summary>
    public double Percentile99 { get; private set; }

    /// <summary>Opens the connections, and looks at an answer of each.</summary>
    /// <exception cref="BuildException">An answer is not 200.</exception>
    public async Task ConnectAsync(int count, CancellationToken cancel)
    {
        for (var i = 0; i < count; i++)
        {
            var connection = new Connection(method, address, headerOf is null ? "" : $"{headerOf(i)}\r\n");
            _connections.Add(connection);
            await connection.OpenAsync(cancel);
        }
    }

    /// <summary>Requests answered in a second.</summary>
    public async Task<double> RunAsync(TimeSpan duration, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        var answered = await Task.WhenAll(_connections.Select(connection => Task.Run(() => connection.RunAsync(watch, duration, cancel), cancel)));
        var throughput = answered.Sum(times => times.Count) / watch.Elapsed.TotalSeconds;
        var sorted = answered.SelectMany(times => times).Order().ToList();
        Percentile99 = sorted[sorted.Count * 99 / 100].TotalMilliseconds;

        return throughput;
    }

    public void Dispose() => _connections.ForEach(connection => connection.Dispose());

    private sealed class Connection(string method, Uri address, string header) : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        // As a proxy passes on what came by HTTPS.
        private readonly byte[] _request = Encoding.ASCII.GetBytes(
            $"{method} {address.AbsolutePath} HTTP/1.1\r\nHost: bench.example\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n{(method == "GET" ? "" : "Content-Length: 0\r\n")}{header}\r\n");
        private readonly byte[] _buffer = new byte[16 * 1024];
        private int _length;

        public async Task OpenAsync(CancellationToken cancel)
        {
            await _socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port, cancel);
            await _socket.SendAsync(_request, cancel);

            // Every answer is as long as the first: the body ends with the last chunk, or with the number of bytes announced.
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(Patience);
            do
            {
                var received = await _socket.ReceiveAsync(_buffer.AsMemory(_length), patience.Token);
                _length = received > 0 ? _length + received : throw Wrong();
            }
            while (!IsWhole(_buffer.AsSpan(0, _length)));

            if (!_buffer.AsSpan().StartsWith("HTTP/1.1 200 "u8))
            {
                throw Wrong();
            }
        }

        public async Task<List<TimeSpan>> RunAsync(Stopwatch watch, TimeSpan duration, CancellationToken cancel)
        {
            var times = new List<TimeSpan>();
            for (var begin = watch.Elapsed; begin < duration;)
            {
                await _socket.SendAsync(_request, cancel);
                for (var missing = _length; missing > 0;)
                {
                    var received = await _socket.ReceiveAsync(_buffer.AsMemory(0, missing), cancel);
                    missing = received > 0 && (missing < _length || _buffer.AsSpan().StartsWith("HTTP/1.1 200"u8)) ? missing - received : throw Wrong();
                }

                var end = watch.Elapsed;
                times.Add(end - begin);
                begin = end;
            }

            return times;
        }

        public void Dispose() => _socket.Dispose();

        private static bool IsWhole(ReadOnlySpan<byte> answer)
        {
            var head = answer.IndexOf("\r\n\r\n"u8);
            if (head < 0)
            {
                return false;
            }

            var announced = Encoding.ASCII.GetString(answer[..head]).Split("\r\n")
                .FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
            return announced is null
                ? answer.EndsWith("\r\n0\r\n\r\n"u8)
                : answer.Length == head + 4 + int.Parse(announced["Content-Length:".Length..], System.Globalization.CultureInfo.InvariantCulture);
        }

        private BuildException Wrong() =>
            new($"{address} did not answer with 200.", Encoding.ASCII.GetString(_buffer, 0, _length));
    }
}
