using HardenedService.Platform.Data;
using Npgsql;

namespace HardenedService.Platform.Outbox;

/// <summary>A claimed message.</summary>
/// <param name="Id">The message.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Payload">What is delivered, encrypted.</param>
/// <param name="Attempt">Which attempt this is, from 1.</param>
/// <param name="TraceParent">The span that it was enqueued in, if there was one (W3C Trace Context).</param>
internal sealed record OutboxMessage(Guid Id, string Kind, byte[] Payload, int Attempt, string? TraceParent);

/// <summary>
/// The worker's side of the table. A claim is a lease: its id stands beside every outcome, so that a worker that lost its lease cannot record
/// anything any more.
/// </summary>
internal sealed class OutboxQueue(NpgsqlDataSource database)
{
    /// <summary>
    /// What each kind has room for, the longest due first; of those with a key, the first alone. The lists of parameters are the kinds, their
    /// free places and their leases.
    /// </summary>
    internal const string Claim =
        """
        update platform.outbox_messages
        set locked_by = $1,
            locked_until = now() + ($4::interval[])[array_position($2::text[], kind)],
            topic_hash = null,
            attempts = attempts + 1
        where id = any (array(
          select due.id
          from unnest($2::text[], $3::integer[]) as free (kind, places)
          cross join lateral (
            select message.id
            from platform.outbox_messages message
            where message.kind = free.kind
              and not message.is_held
              and message.delivered_at is null
              and message.parked_at is null
              and message.available_at <= now()
              and (message.locked_until is null or message.locked_until < now())
            order by message.available_at
            limit free.places
            for update skip locked
          ) due
        ))
        returning id, kind, payload, attempts, trace_parent
        """;

    // A delivered message loses its payload, which may hold a secret.
    private const string Record =
        """
        update platform.outbox_messages message
        set locked_by = null,
            locked_until = null,
            attempts = message.attempts - (outcome.result = 'released')::integer,
            available_at = case when outcome.result = 'retried' then now() + outcome.wait else message.available_at end,
            last_error = coalesce(outcome.error, message.last_error),
            delivered_at = case when outcome.result = 'delivered' then now() end,
            payload = case when outcome.result <> 'delivered' then message.payload end,
            parked_at = case when outcome.result = 'parked' then now() end
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::interval[]) as outcome (id, lease, result, error, wait)
        where message.id = outcome.id
          and message.locked_by = outcome.lease
        """;

    /// <summary>
    /// Records what came of earlier messages and claims new ones, in one transaction and one round trip. Not cancellable: what happened to a
    /// message is recorded even while the service stops, and no claim is left behind that nobody knows of.
    /// </summary>
    /// <returns>The claimed messages, and how many outcomes could not be recorded, since another worker has the message by now.</returns>
    public async Task<(List<OutboxMessage> Claimed, int Lost)> ExchangeAsync(
        IReadOnlyCollection<OutboxOutcome> outcomes, Guid lease, IReadOnlyCollection<OutboxKind> kinds)
    {
        await using var batch = database.CreateBatch();

        if (outcomes.Count > 0)
        {
            batch.BatchCommands.Add(Command(
                Record,
                outcomes.Select(outcome => outcome.Id).ToArray(),
                outcomes.Select(outcome => outcome.Lease).ToArray(),
                outcomes.Select(outcome => EnumColumns.Name(outcome.Result)).ToArray(),
                outcomes.Select(outcome => outcome.Error).ToArray(),
                outcomes.Select(outcome => outcome.Wait).ToArray()));
        }

        if (kinds.Count > 0)
        {
            batch.BatchCommands.Add(Command(
                Claim,
                lease,
                kinds.Select(kind => kind.Name).ToArray(),
                kinds.Select(kind => kind.FreePlaces).ToArray(),
                kinds.Select(kind => kind.Lease).ToArray()));
        }

        if (batch.BatchCommands.Count == 0)
        {
            return ([], 0);
        }

        var claimed = new List<OutboxMessage>();
        await using var rows = await batch.ExecuteReaderAsync(CancellationToken.None);

        while (await rows.ReadAsync(CancellationToken.None))
        {
            claimed.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetFieldValue<byte[]>(2), rows.GetInt32(3), rows.IsDBNull(4) ? null : rows.GetString(4)));
        }

        await rows.CloseAsync();

        return (claimed, outcomes.Count == 0 ? 0 : outcomes.Count - batch.BatchCommands[0].RecordsAffected);
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
