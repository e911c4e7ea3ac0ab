using System.Net;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Identity;

/// <summary>Strangers burn whatever tries there are, and the owner still gets in. On two replicas, with the limits as they are by default.</summary>
public sealed class LockOutTests : IClassFixture<ApiFixture>, IDisposable
{
    private const string Wrong = "not the right password";
    private const int PerAccount = 5;
    private const int Mails = 5;
    private const int Codes = 10;

    private readonly ApiFixture _api;
    private readonly ApiHost[] _replicas;

    public LockOutTests(ApiFixture api)
    {
        _api = api;
        _replicas = [.. Enumerable.Range(0, 2).Select(_ => api.StartAnother(ApiHost.DefaultLimits))];
    }

    public void Dispose() => Array.ForEach(_replicas, replica => replica.Dispose());

    [Fact]
    [Wall("A9")]
    public async Task Whoever_burns_the_tries_of_an_account_does_not_lock_its_owner_out()
    {
        var (email, _) = await Replica(0).NewPersonAsync(_api.Database);
        var home = CallsFrom.NewNetwork();
        Assert.Equal(HttpStatusCode.Created, (await Replica(0).SignInAsync(email, People.Password, home)).StatusCode);
        await BurnAsync(email);

        Assert.Equal(HttpStatusCode.Created, (await Replica(1).SignInAsync(email, People.Password, home)).StatusCode);

        // The allowance of one's own is one, too.
        for (var i = 0; i < PerAccount; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await Replica(i).SignInAsync(email, Wrong, home)).StatusCode);
        }

        await IsRefusedAsync(await Replica(0).SignInAsync(email, People.Password, home), TimeSpan.FromMinutes(5));
    }

    [Theory]
    [InlineData(29, HttpStatusCode.Created)]
    [InlineData(32, HttpStatusCode.TooManyRequests)]
    [Wall("A9")]
    public async Task A_network_is_known_for_thirty_days_after_its_last_sign_in(int days, HttpStatusCode expected)
    {
        var (email, _) = await Replica(0).NewPersonAsync(_api.Database);
        var home = CallsFrom.NewNetwork();
        await Replica(0).SignInAsync(email, People.Password, home);
        await Sql.RunAsync(_api.Database.AdminConnectionString, $"update identity.known_networks set last_used_at = now() - interval '{days} days' where network = '{home}'");
        await BurnAsync(email);

        Assert.Equal(expected, (await Replica(0).SignInAsync(email, People.Password, home)).StatusCode);
    }

    [Fact]
    [Wall("A9")]
    public async Task A_reset_ends_the_lock_and_gives_the_owner_tries_that_nobody_elsewhere_can_burn()
    {
        var (email, _) = await Replica(0).NewPersonAsync(_api.Database);
        var home = CallsFrom.NewNetwork();
        await BurnAsync(email);

        Assert.Equal(HttpStatusCode.Accepted, (await Replica(0).PostAsync("/v1/accounts/forgot-password", new { email }, home)).StatusCode);
        var token = (await _api.MailAsync(email)).Token;
        var reset = await Replica(1).PostAsync("/v1/accounts/reset-password", new { token, newPassword = AccountCalls.NewPassword }, home);
        Assert.Equal(HttpStatusCode.NoContent, reset.StatusCode);
        await BurnAsync(email);

        Assert.Equal(HttpStatusCode.Created, (await Replica(0).SignInAsync(email, AccountCalls.NewPassword, home)).StatusCode);
    }

    [Fact]
    [Wall("A9")]
    public async Task Whoever_burns_the_mails_to_an_address_does_not_keep_its_owner_from_a_reset()
    {
        var (email, _) = await Replica(0).NewPersonAsync(_api.Database);

        for (var i = 0; i < Mails; i++)
        {
            await Replica(i).PostAsync("/v1/accounts/resend-confirmation", new { email }, CallsFrom.NewNetwork());
        }

        await IsRefusedAsync(await Replica(0).PostAsync("/v1/accounts/resend-confirmation", new { email }, CallsFrom.NewNetwork()), TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.Accepted, (await Replica(1).PostAsync("/v1/accounts/forgot-password", new { email }, CallsFrom.NewNetwork())).StatusCode);
        Assert.NotNull((await _api.MailAsync(email)).Token);
    }

    [Fact]
    [Wall("A8")]
    public async Task A_network_does_not_send_mails_to_one_address_after_the_other()
    {
        var from = CallsFrom.NewNetwork();

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await Replica(i).PostAsync("/v1/accounts/forgot-password", new { email = People.NewAddress() }, from)).StatusCode);
        }

        await IsRefusedAsync(await Replica(0).PostAsync("/v1/accounts/forgot-password", new { email = People.NewAddress() }, from), TimeSpan.FromMinutes(1));
    }

    [Fact]
    [Wall("A8")]
    public async Task Somebody_signed_in_does_not_send_mails_to_one_address_after_the_other()
    {
        var (_, token) = await Replica(0).NewPersonAsync(_api.Database);

        for (var i = 0; i < Mails; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await ChangeEmailAsync(i)).StatusCode);
        }

        await IsRefusedAsync(await ChangeEmailAsync(0), TimeSpan.FromHours(1));

        Task<HttpResponseMessage> ChangeEmailAsync(int i) =>
            Replica(i).PostAsync("/v1/account/email", new { newEmail = People.NewAddress() }, CallsFrom.NewNetwork(), token);
    }

    [Fact]
    [Wall("A9")]
    public async Task Whoever_burns_the_codes_of_an_account_does_not_lock_its_owner_out()
    {
        var person = await _api.NewPersonWithTotpAsync();
        var wrong = await _api.WrongCodeAsync(person.App);

        for (var i = 0; i < Codes; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await RedeemAsync(i, new { ticket = await _api.TicketAsync(person.Email), code = wrong, transport = "bearer" })).StatusCode);
        }

        var ticket = await _api.TicketAsync(person.Email);
        await IsRefusedAsync(await RedeemAsync(0, new { ticket, code = await _api.CodeAsync(person.App), transport = "bearer" }), TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.Created, (await RedeemAsync(1, new { ticket, recoveryCode = person.RecoveryCodes[0], transport = "bearer" })).StatusCode);

        Task<HttpResponseMessage> RedeemAsync(int i, object body) => Replica(i).PostAsync("/v1/sessions/mfa", body, CallsFrom.NewNetwork());
    }

    private static async Task IsRefusedAsync(HttpResponseMessage answer, TimeSpan window)
    {
        await Problem.IsAsync(answer, HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), window);
    }

    private async Task BurnAsync(string email)
    {
        for (var i = 0; i < PerAccount; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await Replica(i).SignInAsync(email, Wrong, CallsFrom.NewNetwork())).StatusCode);
        }

        await IsRefusedAsync(await Replica(0).SignInAsync(email, People.Password, CallsFrom.NewNetwork()), TimeSpan.FromMinutes(5));
    }

    private ApiHost Replica(int number) => _replicas[number % _replicas.Length];
}
