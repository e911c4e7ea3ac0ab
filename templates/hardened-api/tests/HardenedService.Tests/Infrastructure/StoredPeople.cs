using HardenedService.Api.Identity;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Infrastructure;

/// <summary>People who are simply there, for tests in which no mail goes out.</summary>
internal static class StoredPeople
{
    /// <summary>Someone with a confirmed account, <see cref="People.Password"/>, and a session.</summary>
    public static async Task<(string Email, string Token)> NewPersonAsync(this ApiHost api, TestDatabase database)
    {
        var (id, email, token) = (Guid.CreateVersion7(), People.NewAddress(), OpaqueToken.New(OpaqueToken.SessionPrefix));
        var hash = api.Services.GetRequiredService<IPasswordHasher<Account>>().HashPassword(new(), People.Password);
        await using var server = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.AdminConnectionString) { Pooling = false }.ConnectionString);
        await server.OpenAsync();

        await ExecuteAsync(
            server,
            """
            insert into identity.accounts (id, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp)
            values ($1, $2, upper($2), true, $3, '', '')
            """,
            id, email, hash);
        await ExecuteAsync(
            server,
            """
            insert into identity.sessions (id, token_hash, account_id, epoch, transport, assurance, idle_timeout, expires_at)
            values ($1, $2, $1, 0, 'bearer', 'password', interval '1 hour', now() + interval '1 hour')
            """,
            id, OpaqueToken.Hash(token));

        return (email, token);
    }

    private static async Task ExecuteAsync(NpgsqlConnection server, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, server);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }
}
