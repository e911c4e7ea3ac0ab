using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Identity;

/// <summary>What happens to a ceremony when something else happens meanwhile.</summary>
public sealed class PasskeyFaultTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task A_database_that_does_not_answer_in_the_middle_of_a_ceremony_is_no_wrong_credential()
    {
        using var host = api.StartAnother(ApiHost.DefaultTimeouts);
        using var authenticator = new Authenticator();
        await api.NewPersonWithPasskeyAsync(authenticator);
        var begun = await api.BeginPasskeySignInAsync();
        await using var blocker = await OpenAsync();
        await using var transaction = await blocker.BeginTransactionAsync();
        await ExecuteAsync(blocker, "lock table identity.passkeys in access exclusive mode");

        using var answer = await host.Public.PostAsync(
            Passkeys.SignInPath,
            JsonContent.Create(new { ticket = begun.Ticket, credential = authenticator.Get(begun.Options), transport = "bearer" }));

        await Problem.IsAsync(answer, HttpStatusCode.ServiceUnavailable, "unavailable");
    }

    [Fact]
    [Wall("C7")]
    public async Task A_session_that_is_ended_meanwhile_leaves_no_passkey_behind()
    {
        using var authenticator = new Authenticator();
        var email = await api.NewPersonAsync();
        var bearer = await api.NewSessionAsync(email);
        var begun = await api.BeginPasskeyAsync(bearer);

        // As a password reset does: the call comes in while that is about to commit, and waits for it.
        await using var reset = await OpenAsync();
        await using var transaction = await reset.BeginTransactionAsync();
        await ExecuteAsync(reset, "update identity.accounts set session_epoch = session_epoch + 1 where email = $1", email);
        var adding = api.AddPasskeyAsync(bearer, begun.Ticket, authenticator.Create(begun.Options));
        await Eventually.HoldsAsync(
            async () => await api.ScalarAsync<bool>("select exists (select from pg_locks where not granted)"), "the call waits for the reset");
        await transaction.CommitAsync();

        await Problem.IsAsync(await adding, HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(0, await api.ScalarAsync<long>(
            "select count(*) from identity.passkeys p join identity.accounts a on a.id = p.account_id where a.email = $1", email));
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(api.Database.AdminConnectionString);
        await connection.OpenAsync();

        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        Array.ForEach(values, value => command.Parameters.Add(new() { Value = value }));
        await command.ExecuteNonQueryAsync();
    }
}
