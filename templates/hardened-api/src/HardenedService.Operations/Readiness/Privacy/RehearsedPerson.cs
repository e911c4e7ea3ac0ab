using System.Security.Cryptography;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Operations.Readiness.Privacy;

/// <summary>Somebody who is made to be erased: a confirmed account with an organization of its own, and a password that nobody else learns.</summary>
/// <param name="Id">The account.</param>
/// <param name="Email">Where the service's mails to it go.</param>
/// <param name="Password">Random.</param>
internal sealed record RehearsedPerson(Guid Id, string Email, string Password)
{
    private const string Insert =
        """
        with person as (
          insert into identity.accounts (id, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp)
          values ($1, $2, $3, true, $4, $5, $5)
        ), organization as (
          insert into tenancy.organizations (id, name)
          values ($6, $7)
        ), member as (
          insert into tenancy.members (organization_id, account_id, role)
          values ($6, $1, 'owner')
        ), record as (
          insert into audit.records (id, organization_id, action, outcome, actor_kind, subject_id)
          values
            ($8, null, $9, 'success', 'operator', $1),
            ($10, $6, $11, 'success', 'operator', $6)
        )
        insert into audit.pending (record_id)
        values ($8), ($10)
        """;

    /// <summary>Makes one.</summary>
    /// <exception cref="UsageException">The address is somebody's.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public static async Task<RehearsedPerson> MakeAsync(string connectionString, string email, CancellationToken cancel)
    {
        var person = new RehearsedPerson(Guid.CreateVersion7(), email, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        var hasher = new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = PasswordCost.Iterations }));
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(Insert, connection);
        object[] values =
        [
            person.Id, email, new UpperInvariantLookupNormalizer().NormalizeEmail(email), hasher.HashPassword(new(), person.Password), $"{Guid.NewGuid()}",
            Guid.CreateVersion7(), OrganizationStore.OwnName,
            Guid.CreateVersion7(), AuditActions.TestAccountMade.Name, Guid.CreateVersion7(), AuditActions.OrganizationFounded.Name,
        ];
        Array.ForEach(values, value => command.Parameters.Add(new() { Value = value }));

        try
        {
            await command.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new UsageException($"{email} has an account already: name an address of yours that nobody has registered.");
        }

        return person;
    }
}
