using System.Security.Cryptography;
using HardenedService.Operations.Users;
using Npgsql;

namespace HardenedService.Operations.Readiness.Privacy;

/// <summary>Somebody who is made to be erased: a confirmed account with an organization of its own, and a password that nobody else learns.</summary>
/// <param name="Id">The account.</param>
/// <param name="Email">Where the service's mails to it go.</param>
/// <param name="Password">Random.</param>
internal sealed record RehearsedPerson(Guid Id, string Email, string Password)
{
    /// <summary>Makes one.</summary>
    /// <exception cref="UsageException">The address is somebody's.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public static async Task<RehearsedPerson> MakeAsync(string connectionString, string email, CancellationToken cancel)
    {
        var password = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancel);

        try
        {
            var accounts = await TestAccounts.InsertAsync(connection, [email], password, cancel);

            return new(accounts[0], email, password);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new UsageException($"{email} has an account already: name an address of yours that nobody has registered.");
        }
    }
}
