using System.Net;
using System.Net.Http.Json;
using HardenedService.Api.Identity;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Identity;

public sealed class AccountChangeFaultTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    public enum Change
    {
        Reset,
        Password,
        Email,
    }

    [Theory]
    [InlineData(Change.Reset)]
    [InlineData(Change.Password)]
    [InlineData(Change.Email)]
    [Wall("A14")]
    public async Task A_connection_that_dies_before_the_notice_is_written_leaves_everything_as_it_was(Change change)
    {
        var email = await api.NewPersonAsync();
        var session = await api.NewSessionAsync(email);
        var reset = await api.NewResetTokenAsync(email);
        var address = await api.NewAddressTokenAsync(session, People.NewAddress());
        var before = await StateAsync(email);
        await using var admin = new NpgsqlConnection(api.Database.AdminConnectionString);
        await admin.OpenAsync(TestContext.Current.CancellationToken);

        await using (var blocking = await admin.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await ExecuteAsync(admin, "lock table platform.outbox_messages in share row exclusive mode");
            var answering = MakeAsync();
            await Eventually.HoldsAsync(
                async () => await api.ScalarAsync<long>(
                    """
                    select count(pg_terminate_backend(pid))
                    from pg_stat_activity
                    where query like 'insert into platform.outbox_messages%'
                      and wait_event_type = 'Lock'
                      and datname = current_database()
                    """) == 1,
                "the notice to be waited for");
            await Problem.IsAsync(await answering, HttpStatusCode.ServiceUnavailable, "unavailable");
        }

        Assert.Equal(before, await StateAsync(email));
        Assert.True(await api.IsAliveAsync(session));
        Assert.True((await MakeAsync()).IsSuccessStatusCode);

        Task<HttpResponseMessage> MakeAsync() => change switch
        {
            Change.Reset => api.ResetPasswordAsync(reset),
            Change.Password => api.ChangePasswordAsync(session),
            _ => api.ConfirmEmailChangeAsync(address),
        };
    }

    [Fact]
    [Wall("B6")]
    public async Task A_sign_in_that_is_under_way_during_a_reset_gets_no_session_by_the_old_password()
    {
        var email = await api.NewPersonAsync();
        var token = await api.NewResetTokenAsync(email);
        using var gate = new Gate();
        using var host = api.StartAnother(
            configure: web => web.ConfigureTestServices(services => services.AddSingleton<IPasswordHasher<Account>>(gate)));

        var signingIn = host.Public.PostAsJsonAsync("/v1/sessions", new { email, password = People.Password, transport = "bearer" });
        await gate.Reached;
        Assert.Equal(HttpStatusCode.NoContent, (await api.ResetPasswordAsync(token)).StatusCode);
        gate.Open();

        await Problem.IsAsync(await signingIn, HttpStatusCode.Unauthorized, "invalid_credentials");
    }

    [Fact]
    public async Task A_worthless_token_is_not_worth_a_hash()
    {
        using var gate = new Gate();
        using var host = api.StartAnother(
            configure: web => web.ConfigureTestServices(services => services.AddSingleton<IPasswordHasher<Account>>(gate)));

        foreach (var token in new[] { "hm1_" + new string('A', 43), "junk" })
        {
            var answer = await host.Public.PostAsJsonAsync("/v1/accounts/reset-password", new { token, newPassword = AccountCalls.NewPassword });
            await Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "invalid_token");
            var confirmed = await host.Public.PostAsJsonAsync("/v1/accounts/confirm", new { token, password = People.Password });
            await Problem.IsAsync(confirmed, HttpStatusCode.Unauthorized, "invalid_token");
        }

        // That is nobody's, made with the first request.
        Assert.Equal(1, gate.Hashes);
    }

    private Task<string> StateAsync(string email) => api.ScalarAsync<string>(
        """
        select concat_ws('|', account.*, (select string_agg(concat_ws('|', token.*), ',' order by id) from identity.one_time_tokens token where account_id = account.id))
        from identity.accounts account
        where email = $1
        """,
        email);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Verifies a password, and then waits to be let on.</summary>
    private sealed class Gate : IPasswordHasher<Account>, IDisposable
    {
        private readonly PasswordHasher<Account> _hasher = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _open = new();
        private int _hashes;

        public Task Reached => _reached.Task;

        public int Hashes => _hashes;

        public void Open() => _open.Set();

        public string HashPassword(Account user, string password)
        {
            Interlocked.Increment(ref _hashes);
            return _hasher.HashPassword(user, password);
        }

        public PasswordVerificationResult VerifyHashedPassword(Account user, string hashedPassword, string providedPassword)
        {
            var result = _hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
            _reached.TrySetResult();
            _open.Wait(TimeSpan.FromSeconds(30));
            return result;
        }

        public void Dispose() => _open.Dispose();
    }
}
