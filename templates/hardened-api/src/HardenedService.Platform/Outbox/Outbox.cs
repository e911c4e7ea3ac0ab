using System.Text.Json;
using HardenedService.Platform.Data;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

namespace HardenedService.Platform.Outbox;

/// <summary>
/// What has to happen after a commit is written down in the same transaction, and done by a worker afterwards: the effect and
/// the intention stand or fall together, and no request waits for another system.
/// </summary>
/// <param name="connection">The request's connection.</param>
/// <param name="work">The transaction on it, which the message belongs to.</param>
/// <param name="protection">Encrypts payloads at rest: they can hold a mailed token.</param>
public sealed class Outbox(NpgsqlConnection connection, UnitOfWork work, IDataProtectionProvider protection)
{
    internal const string Purpose = "Outbox";

    /// <summary>Adds a message to the transaction at hand.</summary>
    /// <typeparam name="TPayload">What the handler of this kind understands.</typeparam>
    /// <param name="kind">The kind, which names the handler.</param>
    /// <param name="payload">The message, as JSON.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when the message is written, and stays only if the transaction commits.</returns>
    /// <exception cref="InvalidOperationException">There is no transaction to belong to.</exception>
    public async Task EnqueueAsync<TPayload>(string kind, TPayload payload, CancellationToken cancel)
    {
        if (!work.IsOpen)
        {
            throw new InvalidOperationException("A message belongs to a transaction: begin one before it is enqueued.");
        }

        var bytes = protection.CreateProtector(Purpose).Protect(JsonSerializer.SerializeToUtf8Bytes(payload));

        await using var command = new NpgsqlCommand(
            "insert into platform.outbox_messages (id, kind, payload) values ($1, $2, $3)", connection);
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = kind });
        command.Parameters.Add(new() { Value = bytes });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
