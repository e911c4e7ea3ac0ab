using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace HardenedService.Api.Identity;

/// <summary>
/// What a person keeps on paper for the day that the authenticator app is gone: ten codes of 128 bits, each of which works once. Only their
/// SHA-256 is stored. All in the transaction at hand.
/// </summary>
internal sealed class RecoveryCodes(NpgsqlConnection connection)
{
    /// <summary>More than any spelling of a code has.</summary>
    public const int MaxLength = 64;

    private const int Count = 10;
    private const int Bytes = 16;
    private const int EncodedLength = 26;
    private const int GroupLength = 4;

    /// <summary>Makes new ones. The old ones are dead.</summary>
    /// <returns>The codes, to be shown once.</returns>
    public async Task<IReadOnlyList<string>> ReplaceAsync(Guid accountId, CancellationToken cancel)
    {
        string[] codes = [.. Enumerable.Range(0, Count).Select(_ => Base32.Encode(RandomNumberGenerator.GetBytes(Bytes)))];
        await RemoveAsync(accountId, cancel);
        await using var command = new NpgsqlCommand("insert into identity.recovery_codes (account_id, code_hash) select $1, unnest($2)", connection);
        command.Parameters.Add(new() { Value = accountId });
        command.Parameters.Add(new() { Value = Array.ConvertAll(codes, Hash) });
        await command.ExecuteNonQueryAsync(cancel);

        return Array.ConvertAll(codes, Readable);
    }

    /// <summary>Uses a code up, however it is spelled. Of parallel calls, one gets true; the others wait for its commit.</summary>
    public async Task<bool> UseAsync(Guid accountId, string code, CancellationToken cancel)
    {
        var typed = string.Concat(code.Where(character => character != '-' && !char.IsWhiteSpace(character))).ToUpperInvariant();

        if (typed.Length != EncodedLength)
        {
            return false;
        }

        // The factor's row first, as every other use of a factor takes it: two of them that go on to the account or to all codes would
        // otherwise wait for each other.
        await using var command = new NpgsqlCommand(
            """
            with factor as materialized (
              select
              from identity.totp_factors
              where account_id = $1
                and enabled_at is not null
              for update
            )
            delete from identity.recovery_codes
            where account_id = $1
              and code_hash = $2
              and exists (select from factor)
            """,
            connection);
        command.Parameters.Add(new() { Value = accountId });
        command.Parameters.Add(new() { Value = Hash(typed) });

        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    /// <summary>How many are left.</summary>
    public async Task<long> CountAsync(Guid accountId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select count(*) from identity.recovery_codes where account_id = $1", connection);
        command.Parameters.Add(new() { Value = accountId });

        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    public async Task RemoveAsync(Guid accountId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("delete from identity.recovery_codes where account_id = $1", connection);
        command.Parameters.Add(new() { Value = accountId });
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static string Readable(string code) => string.Join('-', code.Chunk(GroupLength).Select(group => new string(group)));

    private static byte[] Hash(string code) => SHA256.HashData(Encoding.ASCII.GetBytes(code));
}
