using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HardenedService.Platform.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Outbox;

/// <summary>
/// What has to happen after a commit is written down in the same transaction, and done by a worker afterwards: the effect and
/// the intention stand or fall together, and no request waits for another system.
/// </summary>
/// <param name="connection">The request's connection.</param>
/// <param name="work">The transaction on it, which the message belongs to.</param>
/// <param name="protection">Encrypts payloads at rest: they can hold a mailed token.</param>
/// <param name="options">How long a message waits for a newer one.</param>
public sealed class Outbox(NpgsqlConnection connection, UnitOfWork work, IDataProtectionProvider protection, IOptions<OutboxOptions> options)
{
    internal const string Purpose = "Outbox";

    /// <summary>Adds a message to the transaction at hand.</summary>
    /// <typeparam name="TPayload">What the handler of this kind understands.</typeparam>
    /// <param name="kind">The kind, which names the handler.</param>
    /// <param name="payload">The message, as JSON.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when the message is written, and stays only if the transaction commits.</returns>
    /// <exception cref="InvalidOperationException">There is no transaction to belong to.</exception>
    public Task EnqueueAsync<TPayload>(string kind, TPayload payload, CancellationToken cancel) =>
        InsertAsync("insert into platform.outbox_messages (id, kind, payload) values ($1, $2, $3)", kind, payload, cancel);

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
            insert into platform.outbox_messages (id, kind, payload, topic_hash, available_at)
            values ($1, $2, $3, $4, clock_timestamp() + $5)
            on conflict on constraint outbox_messages_topic_hash_key do update
            set payload = excluded.payload,
                available_at = least(excluded.available_at, outbox_messages.created_at + $5 * 10)
            """,
            kind,
            payload,
            cancel,
            SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{topic}")),
            options.Value.ReplaceableFor);

    private async Task InsertAsync<TPayload>(string sql, string kind, TPayload payload, CancellationToken cancel, params object[] further)
    {
        if (!work.IsOpen)
        {
            throw new InvalidOperationException("A message belongs to a transaction: begin one before it is enqueued.");
        }

        var bytes = protection.CreateProtector(Purpose).Protect(JsonSerializer.SerializeToUtf8Bytes(payload));
        await using var command = new NpgsqlCommand(sql, connection);

        foreach (var value in (object[])[Guid.CreateVersion7(), kind, bytes, .. further])
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancel);
    }
}
