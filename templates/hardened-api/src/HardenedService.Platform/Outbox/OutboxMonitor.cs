using HardenedService.Platform.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Outbox;

/// <summary>What is there of one kind.</summary>
internal sealed record OutboxBacklog(string Kind, long Depth, TimeSpan OldestAge, long Parked);

/// <summary>Measures the backlog from time to time: as often as metrics are read, and not each time that messages are looked for.</summary>
internal sealed class OutboxMonitor(NpgsqlDataSource database, OutboxMetrics metrics, IOptions<OutboxOptions> options) : IWorker
{
    /// <summary>
    /// Steps from kind to kind in the indexes, and counts to 100,000 in each: the cost is bounded, however much there is, and one kind's backlog
    /// does not hide another's.
    /// </summary>
    internal const string Measure =
        """
        with recursive waiting (kind) as (
          (
            select kind
            from platform.outbox_messages
            where delivered_at is null
              and parked_at is null
            order by kind
            limit 1
          )
          union all
          select (
            select message.kind
            from platform.outbox_messages message
            where message.kind > waiting.kind
              and message.delivered_at is null
              and message.parked_at is null
            order by message.kind
            limit 1
          )
          from waiting
          where waiting.kind is not null
        ), parked (kind) as (
          (
            select kind
            from platform.outbox_messages
            where parked_at is not null
            order by kind
            limit 1
          )
          union all
          select (
            select message.kind
            from platform.outbox_messages message
            where message.kind > parked.kind
              and message.parked_at is not null
            order by message.kind
            limit 1
          )
          from parked
          where parked.kind is not null
        )
        select kinds.kind, due.depth, coalesce(now() - due.oldest, interval '0'), given_up.depth
        from (select kind from waiting union select kind from parked) kinds
        cross join lateral (
          select count(*) as depth, min(counted.created_at) as oldest
          from (
            select message.created_at
            from platform.outbox_messages message
            where message.kind = kinds.kind
              and message.delivered_at is null
              and message.parked_at is null
            limit 100000
          ) counted
        ) due
        cross join lateral (
          select count(*) as depth
          from (
            select
            from platform.outbox_messages message
            where message.kind = kinds.kind
              and message.parked_at is not null
            limit 100000
          ) counted
        ) given_up
        where kinds.kind is not null
        """;

    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        var backlogs = new List<OutboxBacklog>();
        await using var command = database.CreateCommand(Measure);
        await using var rows = await command.ExecuteReaderAsync(stopping);

        while (await rows.ReadAsync(stopping))
        {
            backlogs.Add(new(rows.GetString(0), rows.GetInt64(1), rows.GetTimeSpan(2), rows.GetInt64(3)));
        }

        metrics.Measured(backlogs);

        return options.Value.MeasureInterval;
    }
}
