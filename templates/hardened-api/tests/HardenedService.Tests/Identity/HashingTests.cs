using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using HardenedService.Api.Identity;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Identity;

public sealed class HashingTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task No_transaction_is_open_and_no_connection_is_taken_while_a_password_is_hashed()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email);
        var mail = await api.MailAsync(email);
        await using var watch = NpgsqlDataSource.Create(api.Database.AdminConnectionString);
        var watched = new WatchedHasher(watch);
        using var host = api.StartAnother(
            configure: web => web.ConfigureTestServices(services => services.AddSingleton<IPasswordHasher<Account>>(watched)));
        const string password = People.Password;
        var reset = await api.NewResetTokenAsync(await api.NewPersonAsync());
        var session = await api.NewSessionAsync(await api.NewPersonAsync());

        Assert.Equal(HttpStatusCode.NoContent, await PostAsync("/v1/accounts/confirm", new { token = mail.Token, password }));
        Assert.Equal(HttpStatusCode.Created, await PostAsync("/v1/sessions", new { email, password, transport = "bearer" }));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync("/v1/sessions", new { email, password = "a wrong password", transport = "bearer" }));
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync("/v1/accounts", new { email = People.NewAddress(), password }));
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync("/v1/accounts/reset-password", new { token = reset, newPassword = password }));
        host.Public.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session);
        Assert.Equal(HttpStatusCode.OK, await PostAsync("/v1/account/password", new { currentPassword = password, newPassword = password }));

        // The first of them is nobody's, to be verified for unknown addresses.
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0], watched.OpenTransactions);

        async Task<HttpStatusCode> PostAsync(string path, object body) => (await host.Public.PostAsJsonAsync(path, body)).StatusCode;
    }

    /// <summary>Asks the database, at each hash, for transactions that stay open meanwhile.</summary>
    private sealed class WatchedHasher(NpgsqlDataSource watch) : IPasswordHasher<Account>
    {
        private readonly PasswordHasher<Account> _hasher = CountedHasher.OfCost(1000);

        public ConcurrentQueue<long> OpenTransactions { get; } = new();

        public string HashPassword(Account user, string password)
        {
            Look();
            return _hasher.HashPassword(user, password);
        }

        public PasswordVerificationResult VerifyHashedPassword(Account user, string hashedPassword, string providedPassword)
        {
            Look();
            return _hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }

        private void Look()
        {
            using var command = watch.CreateCommand(
                "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'");
            OpenTransactions.Enqueue((long)command.ExecuteScalar()!);
        }
    }
}
