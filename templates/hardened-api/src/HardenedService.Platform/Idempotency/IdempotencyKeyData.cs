using HardenedService.Platform.Privacy;
using Npgsql;

namespace HardenedService.Platform.Idempotency;

/// <summary>What is kept of a person's calls for their retries.</summary>
internal sealed class IdempotencyKeyData(NpgsqlConnection connection) : IPersonalData
{
    public IReadOnlyList<PersonalTable> Tables { get; } =
    [
        new("platform.idempotency_keys", "idempotencyKeys")
        {
            Holds = "calls that must not happen twice: when, with which status, and a copy of the answer (not in the export, which shows the same where it is kept)",
            Purpose = "a retry gets the first answer instead of a second effect",
            Kept = "`Idempotency:Retention`",
            Query = "select status, created_at, expires_at from platform.idempotency_keys where user_id = $1 order by created_at desc",
        },
    ];

    public async Task EraseAsync(Guid userId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("delete from platform.idempotency_keys where user_id = $1", connection);
        command.Parameters.Add(new() { Value = userId });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
