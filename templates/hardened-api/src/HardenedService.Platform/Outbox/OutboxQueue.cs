using Npgsql;

namespace HardenedService.Platform.Outbox;

internal sealed record OutboxMessage(Guid Id, string Kind, byte[] Payload, int Attempt);

/// <summary>
/// The worker's side of the table. A claim is a lease: its id stands in every later statement, so that a worker that lost its lease
/// cannot record anything any more.
/// </summary>
internal sealed class OutboxQueue(NpgsqlDataSource database)
{
    public async Task<List<OutboxMessage>> ClaimAsync(Guid lease, TimeSpan duration, int limit, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            update platform.outbox_messages message
            set locked_by = $1,
                locked_until = now() + $2,
                topic_hash = null,
                attempts = message.attempts + 1
            from (
              select id
              from platform.outbox_messages
              where delivered_at is null
                and parked_at is null
                and available_at <= now()
                and (locked_until is null or locked_until < now())
              order by available_at
              limit $3
              for update skip locked
            ) due
            where message.id = due.id
            returning message.id, message.kind, message.payload, message.attempts
            """);
        command.Parameters.Add(new() { Value = lease });
        command.Parameters.Add(new() { Value = duration });
        command.Parameters.Add(new() { Value = limit });

        var messages = new List<OutboxMessage>();
        await using var rows = await command.ExecuteReaderAsync(cancel);

        while (await rows.ReadAsync(cancel))
        {
            messages.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetFieldValue<byte[]>(2), rows.GetInt32(3)));
        }

        return messages;
    }

    /// <summary>Delivered: the payload, which may hold a secret, is wiped.</summary>
    public Task CompleteAsync(Guid id, Guid lease) => SetAsync(id, lease, "delivered_at = now(), payload = null");

    public Task RetryAsync(Guid id, Guid lease, TimeSpan wait, string error) =>
        SetAsync(id, lease, "available_at = now() + $3, last_error = $4", wait, error);

    public Task ParkAsync(Guid id, Guid lease, string error) => SetAsync(id, lease, "parked_at = now(), last_error = $3", error);

    /// <summary>Handed back untried, at shutdown.</summary>
    public Task ReleaseAsync(Guid id, Guid lease) => SetAsync(id, lease, "attempts = attempts - 1");

    // Not cancellable: what happened to a message is recorded even while the service stops.
    private async Task SetAsync(Guid id, Guid lease, string assignments, params object[] values)
    {
        await using var command = database.CreateCommand(
            $"update platform.outbox_messages set locked_by = null, locked_until = null, {assignments} where id = $1 and locked_by = $2");
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = lease });

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }
}
