using HardenedService.Platform.Auditing;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Operations.Users;

/// <summary>Accounts that are made to be tried, as nobody can register them: confirmed, each with an organization of its own, and audited.</summary>
internal static class TestAccounts
{
    private const string Insert =
        """
        with made as (
          select *
          from unnest($1, $2, $3, $4, $5, $6) as made (account, email, normalized_email, organization, account_record, organization_record)
        ), accounts as (
          insert into identity.accounts (id, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp)
          select account, email, normalized_email, true, $7, gen_random_uuid()::text, gen_random_uuid()::text
          from made
        ), organizations as (
          insert into tenancy.organizations (id, name)
          select organization, $8
          from made
        ), members as (
          insert into tenancy.members (organization_id, account_id, role)
          select organization, account, 'owner'
          from made
        ), records as (
          insert into audit.records (id, organization_id, action, outcome, actor_kind, subject_id)
          select account_record, null, $9, 'success', 'operator', account
          from made
          union all
          select organization_record, organization, $10, 'success', 'operator', organization
          from made
          returning id
        )
        insert into audit.pending (record_id)
        select id
        from records
        """;

    private static readonly UpperInvariantLookupNormalizer Normalizer = new();

    /// <summary>An address, as accounts are found by it.</summary>
    public static string Normalize(string email) => Normalizer.NormalizeEmail(email);

    /// <summary>Makes one for each address.</summary>
    /// <param name="connection">To the database, as the operator.</param>
    /// <param name="emails">Their addresses.</param>
    /// <param name="password">Of all of them. It is hashed once, at the cost of every other: signing in takes what it takes.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The accounts' ids, in the order of the addresses.</returns>
    /// <exception cref="PostgresException">An address is somebody's: none is made.</exception>
    public static async Task<IReadOnlyList<Guid>> InsertAsync(NpgsqlConnection connection, IReadOnlyList<string> emails, string password, CancellationToken cancel)
    {
        var hasher = new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = PasswordCost.Iterations }));
        var accounts = NewIds();
        object[] values =
        [
            accounts, emails.ToArray(), emails.Select(Normalize).ToArray(), NewIds(), NewIds(), NewIds(),
            hasher.HashPassword(new(), password), OrganizationStore.OwnName, AuditActions.TestAccountMade.Name, AuditActions.OrganizationFounded.Name,
        ];
        await using var command = new NpgsqlCommand(Insert, connection);
        Array.ForEach(values, value => command.Parameters.Add(new() { Value = value }));
        await command.ExecuteNonQueryAsync(cancel);

        return accounts;

        Guid[] NewIds() => [.. emails.Select(_ => Guid.CreateVersion7())];
    }
}
