using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Migrations;

/// <summary>Behind a pooler that drops what is asked of a session, as PgBouncer does with <c>ignore_startup_parameters = options</c>.</summary>
public sealed class PoolerTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_migrator_whose_limits_of_time_are_lost_changes_nothing_and_takes_no_turn()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        var direct = new NpgsqlConnectionStringBuilder(database.OwnerConnectionString);
        using var pooler = new Pooler(direct.Host!, direct.Port);
        var behind = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Host = "127.0.0.1", Port = pooler.Port, SslMode = SslMode.Disable, GssEncryptionMode = GssEncryptionMode.Disable };
        var migrator = new Migrator(behind.ConnectionString, TextWriter.Null);

        foreach (var attempt in new Func<Task>[] { () => migrator.UpAsync(null, Cancel), () => migrator.StatusAsync(Cancel) })
        {
            var refusal = await Assert.ThrowsAsync<MigrationException>(attempt);
            Assert.Contains("Connect to PostgreSQL directly; nothing was changed.", refusal.Message, StringComparison.Ordinal);
        }

        await using var turn = await MigrationLock.TakeAsync(database.OwnerConnectionString, TimeSpan.Zero, TextWriter.Null, Cancel);
        Assert.Equal(0, (await new Migrator(database.OwnerConnectionString, TextWriter.Null).StatusAsync(Cancel)).Level);
    }

    /// <summary>Passes everything on but the options that a session begins with. Sessions stay open, as a pooler's do.</summary>
    private sealed class Pooler : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly ConcurrentBag<TcpClient> _sessions = [];
        private readonly (string Host, int Port) _server;

        public Pooler(string host, int port)
        {
            _server = (host, port);
            _listener.Start();
            _ = AcceptAsync();
        }

        private static ReadOnlySpan<byte> Goodbye => [(byte)'X', 0, 0, 0, 4];

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose()
        {
            _listener.Dispose();

            foreach (var session in _sessions)
            {
                session.Dispose();
            }
        }

        private async Task AcceptAsync()
        {
            while (true)
            {
                _ = RelayAsync(await _listener.AcceptTcpClientAsync(Cancel));
            }
        }

        private async Task RelayAsync(TcpClient client)
        {
            using (client)
            {
                var upstream = new TcpClient();
                _sessions.Add(upstream);
                await upstream.ConnectAsync(_server.Host, _server.Port, Cancel);
                var (down, up) = (client.GetStream(), upstream.GetStream());
                await up.WriteAsync(await StartAsync(down), Cancel);
                await Task.WhenAny(PassAsync(down, up), up.CopyToAsync(down, Cancel));
            }
        }

        // All but the goodbye, which would end the session: it comes by itself, as the last of what a client says.
        private static async Task PassAsync(NetworkStream down, NetworkStream up)
        {
            var buffer = new byte[8192];

            while (await down.ReadAsync(buffer, Cancel) is > 0 and var read)
            {
                var said = buffer.AsMemory(0, read);
                await up.WriteAsync(said.Span.EndsWith(Goodbye) ? said[..^Goodbye.Length] : said, Cancel);
            }
        }

        // The length, the version of the protocol, and names with their values, each ended by a zero.
        private static async Task<byte[]> StartAsync(NetworkStream client)
        {
            var head = new byte[8];
            await client.ReadExactlyAsync(head, Cancel);
            var body = new byte[BinaryPrimitives.ReadInt32BigEndian(head) - head.Length];
            await client.ReadExactlyAsync(body, Cancel);
            var kept = Encoding.UTF8.GetString(body).Split('\0').Chunk(2).Where(pair => pair[0].Length > 0 && pair[0] != "options").SelectMany(pair => pair);
            byte[] start = [.. head, .. Encoding.UTF8.GetBytes(string.Concat(kept.Select(text => $"{text}\0"))), 0];
            BinaryPrimitives.WriteInt32BigEndian(start, start.Length);
            return start;
        }
    }
}
