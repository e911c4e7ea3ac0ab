using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HardenedService.Platform.Data;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

namespace HardenedService.Platform.Outbox;

/// <summary>
/// What has to happen after a commit is written down in the same transaction, and done by a worker afterwards: the effect and
/// the intention stand or fall together, and no request waits for another system.
/// </summary>
public sealed class Outbox
{
    internal const string Purpose = "Outbox";

    private readonly NpgsqlConnection _connection;
    private readonly UnitOfWork _work;
    private readonly IDataProtectionProvider _protection;
    private readonly OutboxSignal _signal;
    private readonly OutboxOptions _options;

    internal Outbox(NpgsqlConnection connection, UnitOfWork work, IDataProtectionProvider protection, OutboxSignal signal, OutboxOptions options)
    {
        _connection = connection;
        _work = work;
        _protection = protection;
        _signal = signal;
        _options = options;
    }

    /// <summary>Adds a message to the transaction at hand.</summary>
    /// <typeparam name="TPayload">What the handler of this kind understands.</typeparam>
    /// <param name="kind">The kind, which names the handler.</param>
    /// <param name="payload">The message, as JSON.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when the message is written, and stays only if the transaction commits.</returns>
    /// <exception cref="InvalidOperationException">There is no transaction to belong to.</exception>
    public Task EnqueueAsync<TPayload>(string kind, TPayload payload, CancellationToken cancel) =>
        InsertAsync("insert into platform.outbox_messages (id, kind, payload, trace_parent) values ($1, $2, $3, $4)", kind, payload, cancel);

    /// <summary>
    /// Adds a message to the transaction at hand, in place of one about the same that still waits: however many are asked for at once, one
    /// is delivered, the newest (<see cref="OutboxOptions.ReplaceableFor"/>).
    /// </summary>
    /// <typeparam name="TPayload">What the handler of this kind understands.</typeparam>
    /// <param name="kind">The kind, which names the handler.</param>
    /// <param name="topic">What it is about, within the kind; stored as a hash, and only while it waits.</param>
    /// <param name="payload">The message, as JSON.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when the message is written, and stays only if the transaction commits.</returns>
    /// <exception cref="InvalidOperationException">There is no transaction to belong to.</exception>
    public Task EnqueueLatestAsync<TPayload>(string kind, string topic, TPayload payload, CancellationToken cancel) =>
        InsertAsync(
            """
            insert into platform.outbox_messages (id, kind, payload, trace_parent, topic_hash, available_at)
            values ($1, $2, $3, $4, $5, clock_timestamp() + $6)
            on conflict on constraint outbox_messages_topic_hash_key do update
            set payload = excluded.payload,
                trace_parent = excluded.trace_parent,
                available_at = least(excluded.available_at, outbox_messages.created_at + $6 * 10)
            """,
            kind,
            payload,
            cancel,
            Hash(kind, topic),
            _options.ReplaceableFor);

    /// <summary>
    /// Adds a message to the transaction at hand that is delivered after all of the same kind and key that were committed before it: one at a
    /// time, each when the one before it is delivered. One that is parked holds up those behind it until the operator retries or discards it;
    /// other keys go on.
    /// </summary>
    /// <remarks>
    /// From here to the end of the transaction, others wait that add to the same key: add last. Who adds to several keys does so in one order
    /// everywhere, or two transactions could wait for each other.
    /// </remarks>
    /// <typeparam name="TPayload">What the handler of this kind understands.</typeparam>
    /// <param name="kind">The kind, which names the handler.</param>
    /// <param name="key">What the order is of, such as the id of what changed; stored as a hash.</param>
    /// <param name="payload">The message, as JSON.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when the message is written, and stays only if the transaction commits.</returns>
    /// <exception cref="InvalidOperationException">There is no transaction to belong to.</exception>
    /// <exception cref="PostgresException">The transaction's isolation is another than read committed, the default.</exception>
    public Task EnqueueInOrderAsync<TPayload>(string kind, string key, TPayload payload, CancellationToken cancel) =>
        InsertAsync(
            "insert into platform.outbox_messages (id, kind, payload, trace_parent, key_hash) values ($1, $2, $3, $4, $5)",
            kind,
            payload,
            cancel,
            Hash(kind, key));

    private static byte[] Hash(string kind, string name) => SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{name}"));

    private async Task InsertAsync<TPayload>(string sql, string kind, TPayload payload, CancellationToken cancel, params object[] further)
    {
        if (!_work.IsOpen)
        {
            throw new InvalidOperationException("A message belongs to a transaction: begin one before it is enqueued.");
        }

        var id = Guid.CreateVersion7();
        using var span = OutboxTraces.Enqueue(kind, id);
        var bytes = _protection.CreateProtector(Purpose).Protect(JsonSerializer.SerializeToUtf8Bytes(payload));
        await using var command = new NpgsqlCommand(sql, _connection);

        foreach (var value in (object[])[id, kind, bytes, (object?)(span ?? Activity.Current)?.Id ?? DBNull.Value, .. further])
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancel);

        // This process need not look for it. Others do, in case it dies or is busy: a NOTIFY would make all commits wait for one lock.
        _work.OnCommitted(_signal.Set);
    }
}
