using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace HardenedService.Platform.Idempotency;

/// <summary>A key as a request uses it.</summary>
/// <param name="Id">What it is stored under: a hash over its scope and itself.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="Fingerprint">The hash of the payload.</param>
internal sealed record UsedKey(byte[] Id, Guid UserId, byte[] Fingerprint);

/// <summary>What is known about a key.</summary>
/// <param name="IsOurs">Whether this transaction alone may use the key.</param>
/// <param name="Fingerprint">The payload that it was used with, or null.</param>
/// <param name="Answer">What that was answered with, or null.</param>
internal sealed record KnownKey(bool IsOurs, byte[]? Fingerprint, StoredAnswer? Answer);

/// <summary>Keys and answers, in the transaction at hand.</summary>
internal sealed class IdempotencyStore(NpgsqlConnection connection, IOptions<IdempotencyOptions> options)
{
    /// <summary>
    /// Tries to take the key and looks it up, in one round trip. The lock belongs to the transaction: it ends with it, also when the
    /// process or the connection dies. The two are statements of their own since each needs its own snapshot: the row of
    /// whoever held the lock before was committed before the lock was free, but perhaps not before the first statement began.
    /// </summary>
    public async Task<KnownKey> TakeAsync(byte[] id, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select pg_try_advisory_xact_lock($1)") { Parameters = { new() { Value = BinaryPrimitives.ReadInt64BigEndian(id) } } },
                new("select fingerprint, status, headers, body from platform.idempotency_keys where id = $1") { Parameters = { new() { Value = id } } },
                new("savepoint handler"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        var isOurs = reader.GetBoolean(0);
        await reader.NextResultAsync(cancel);

        if (!await reader.ReadAsync(cancel))
        {
            return new(isOurs, null, null);
        }

        var headers = JsonSerializer.Deserialize<Dictionary<string, string?[]>>(reader.GetString(2))!;

        return new(isOurs, reader.GetFieldValue<byte[]>(0), new(reader.GetInt32(1), headers, reader.GetFieldValue<byte[]>(3)));
    }

    /// <summary>
    /// Keeps the answer. That of a refusal without what the handler did: it is rolled back, also when a failed statement of the
    /// handler's has aborted the transaction.
    /// </summary>
    public async Task StoreAsync(UsedKey key, StoredAnswer answer, bool isRefusal, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);

        if (isRefusal)
        {
            batch.BatchCommands.Add(new("rollback to savepoint handler"));
        }

        batch.BatchCommands.Add(new(
            """
            insert into platform.idempotency_keys (id, user_id, fingerprint, status, headers, body, expires_at)
            values ($1, $2, $3, $4, $5, $6, now() + $7)
            """)
        {
            Parameters =
            {
                new() { Value = key.Id },
                new() { Value = key.UserId },
                new() { Value = key.Fingerprint },
                new() { Value = answer.Status },
                new() { Value = JsonSerializer.Serialize(answer.Headers), NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = answer.Body },
                new() { Value = options.Value.Retention },
            },
        });
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
