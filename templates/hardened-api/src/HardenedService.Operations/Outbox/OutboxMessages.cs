using HardenedService.Platform.Auditing;
using Npgsql;
using NpgsqlTypes;

namespace HardenedService.Operations.Outbox;

/// <summary>A message as the operator sees it: without its payload, which is for its handler alone.</summary>
internal sealed record ListedMessage(Guid Id, string Kind, string State, int Attempts, DateTime CreatedAt, string? LastError);

/// <summary>What the operator sees of the outbox, and does to what is parked. Each act is one statement, its audit record included.</summary>
internal sealed class OutboxMessages(string connectionString)
{
    private const string Retry =
        "update platform.outbox_messages set parked_at = null, available_at = now(), attempts = 0 where parked_at is not null";

    /// <summary>What is not delivered yet, the oldest first.</summary>
    public async Task<List<ListedMessage>> ListAsync(bool parkedOnly, string? kind, int limit, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select id, kind, attempts, created_at, last_error,
              case
                when parked_at is not null then 'parked'
                when is_held then 'held'
                when locked_until > now() then 'claimed'
                when available_at > now() then 'later'
                else 'due'
              end
            from platform.outbox_messages
            where delivered_at is null
              and (not $1 or parked_at is not null)
              and ($2 is null or kind = $2)
            order by created_at, id
            limit $3
            """,
            connection);
        command.Parameters.Add(new() { Value = parkedOnly });
        command.Parameters.Add(Kind(kind));
        command.Parameters.Add(new() { Value = limit });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var messages = new List<ListedMessage>();

        while (await rows.ReadAsync(cancel))
        {
            messages.Add(new(
                rows.GetGuid(0), rows.GetString(1), rows.GetString(5), rows.GetInt32(2), rows.GetDateTime(3), rows.IsDBNull(4) ? null : rows.GetString(4)));
        }

        return messages;
    }

    /// <summary>Has a parked message tried again, as often as a new one.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RetryAsync(Guid id, CancellationToken cancel) => await ActAsync(
        $"{Retry} and id = $4", new() { Value = id }, AuditActions.MessageRetried, id, cancel) == 1;

    /// <summary>Has all parked messages, or those of a kind, tried again.</summary>
    /// <returns>How many there were.</returns>
    public Task<long> RetryAllAsync(string? kind, CancellationToken cancel) => ActAsync(
        $"{Retry} and ($4 is null or kind = $4)", Kind(kind), AuditActions.ParkedMessagesRetried, subject: null, cancel);

    /// <summary>Deletes a parked message, undelivered. What waits behind it, for the same key, goes on.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> DiscardAsync(Guid id, CancellationToken cancel) => await ActAsync(
        "delete from platform.outbox_messages where parked_at is not null and id = $4", new() { Value = id }, AuditActions.MessageDiscarded, id, cancel) == 1;

    private static NpgsqlParameter Kind(string? kind) => new() { Value = kind ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    // One record, whatever the number of messages; none without any.
    private async Task<long> ActAsync(string change, NpgsqlParameter value, AuditAction action, Guid? subject, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            with changed as (
              {change}
              returning id
            ), record as (
              insert into audit.records (id, action, outcome, actor_kind, subject_id)
              select $1, $2, 'success', 'operator', $3
              where exists (select from changed)
              returning id
            ), pending as (
              insert into audit.pending (record_id)
              select record.id
              from record
            )
            select count(*)
            from changed
            """,
            connection);
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = action.Name });
        command.Parameters.Add(new() { Value = subject ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(value);

        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancel);

        return connection;
    }
}
