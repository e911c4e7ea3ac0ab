using System.Globalization;
using Npgsql;

namespace HardenedService.Operations.Auditing;

/// <summary>
/// Walks the chain from its beginning and makes every seal anew, batch by batch: the API goes on sealing meanwhile. Each seal is compared
/// upon the one before as it stands, so that one change is one finding, and does not drown the next.
/// </summary>
/// <param name="connectionString">The database, as the operator.</param>
/// <param name="output">Is told what is found.</param>
/// <param name="from">A seal of the chain, from which it walks on.</param>
internal sealed class AuditVerification(string connectionString, TextWriter output, ChainHead from)
{
    private const int BatchSize = 10_000;
    private const int ProgressEvery = 100_000;

    // Of a trail that was made anew, every seal may be a finding.
    private const int MaxFindings = 20;

    private readonly List<string> _told = [];
    private long _findings;

    /// <summary>From the beginning on.</summary>
    public AuditVerification(string connectionString, TextWriter output)
        : this(connectionString, output, ChainHead.Beginning)
    {
    }

    /// <summary>What was found so far; of many, the first ones.</summary>
    public IReadOnlyList<string> Findings => _told;

    /// <summary>How far the walk has come.</summary>
    public ChainHead Reached { get; private set; } = from;

    /// <summary>Says what it found, and the head.</summary>
    /// <param name="published">A head that was published earlier; null for none.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Whether the trail is sound.</returns>
    public async Task<bool> RunAsync(ChainHead? published, CancellationToken cancel)
    {
        // Pooled connections would outlive the verb; and a long look is not ended by what is meant for requests.
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0 };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancel);
        var head = await WalkAsync(connection, published, cancel);

        if (published is not null && published.Sequence > head.Sequence)
        {
            await FindAsync($"The chain ends at {head.Sequence}, and its head was published at {published.Sequence}: its end was cut off.");
        }

        await LookForUnsealedAsync(connection, cancel);

        if (_findings > MaxFindings)
        {
            await output.WriteLineAsync(Text($"… and {_findings - MaxFindings} more."));
        }

        await output.WriteLineAsync(Text($"The head is {head}."));
        await output.WriteLineAsync(_findings > 0 ? "The audit trail is not sound."
            : published is null ? "The audit trail is sound as far as it goes. Name a published head (--head) to know that nothing is missing at its end."
            : "The audit trail is sound, and goes on from the published head.");

        return _findings == 0;
    }

    private async Task<ChainHead> WalkAsync(NpgsqlConnection connection, ChainHead? published, CancellationToken cancel)
    {
        var last = Reached;

        for (var isMore = true; isMore;)
        {
            var (start, count) = (last, 0);
            await using var command = new NpgsqlCommand(
                """
                with batch as (
                  select s.sequence, s.record_id, s.hash, coalesce(lag(s.hash) over (order by s.sequence), decode($2, 'hex')) as previous
                  from audit.seals s
                  where s.sequence > $1
                  order by s.sequence
                  limit $3
                )
                select b.sequence, encode(b.hash, 'hex'), b.record_id, r.id is null, b.hash = audit.chain_hash(b.previous, b.sequence, r)
                from batch b
                left join audit.records r on r.id = b.record_id
                order by b.sequence
                """,
                connection);
            command.Parameters.Add(new() { Value = start.Sequence });
            command.Parameters.Add(new() { Value = start.Hash });
            command.Parameters.Add(new() { Value = BatchSize });
            await using var rows = await command.ExecuteReaderAsync(cancel);

            while (await rows.ReadAsync(cancel))
            {
                var seal = new ChainHead(rows.GetInt64(0), rows.GetString(1));
                await CompareAsync(last, seal, rows.GetGuid(2), isMissing: rows.GetBoolean(3), isRight: !rows.GetBoolean(3) && rows.GetBoolean(4));

                if (seal.Sequence == published?.Sequence && seal.Hash != published.Hash)
                {
                    await FindAsync($"Seal {seal.Sequence} is not the one that was published: the chain was made anew.");
                }

                (last, count) = (seal, count + 1);
            }

            isMore = count == BatchSize;
            Reached = last;

            if (last.Sequence / ProgressEvery > start.Sequence / ProgressEvery)
            {
                await output.WriteLineAsync(Text($"{last.Sequence} seals so far."));
            }
        }

        return last;
    }

    private async Task CompareAsync(ChainHead before, ChainHead seal, Guid record, bool isMissing, bool isRight)
    {
        if (seal.Sequence != before.Sequence + 1)
        {
            // What comes after a gap cannot be compared: what it was made upon is gone.
            await FindAsync($"The seals from {before.Sequence + 1} to {seal.Sequence - 1} are missing: they were deleted.");
        }
        else if (isMissing)
        {
            await FindAsync($"The record {record} of seal {seal.Sequence} is missing: it was deleted.");
        }
        else if (!isRight)
        {
            await FindAsync($"The record {record} of seal {seal.Sequence} is not what was sealed there: it was changed, or put in another's place.");
        }
    }

    // What waits is not found: the sealer is at it every second, as long as the API runs. Of the whole trail, wherever the walk began: who forges a record
    // dates it as they like, and a record whose seal was deleted since may be as old as any.
    private async Task LookForUnsealedAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select r.id, exists (select from audit.pending p where p.record_id = r.id)
            from audit.records r
            where r.occurred_at < now() - interval '10 minutes'
              and not exists (select from audit.seals s where s.record_id = r.id)
            order by r.occurred_at
            """,
            connection);
        await using var rows = await command.ExecuteReaderAsync(cancel);

        while (await rows.ReadAsync(cancel))
        {
            await FindAsync(rows.GetBoolean(1)
                ? (FormattableString)$"The record {rows.GetGuid(0)} has waited for its seal for more than 10 minutes: is the API running?"
                : $"The record {rows.GetGuid(0)} has no seal and waits for none: it was forged, or its seal was deleted.");
        }
    }

    private async Task FindAsync(FormattableString finding)
    {
        if (++_findings <= MaxFindings)
        {
            _told.Add(Text(finding));
            await output.WriteLineAsync(_told[^1]);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
