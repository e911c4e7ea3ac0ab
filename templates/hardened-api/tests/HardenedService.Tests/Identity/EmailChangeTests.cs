using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

public sealed class EmailChangeTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    [Wall("A14")]
    [Wall("B6")]
    public async Task A_new_address_counts_once_it_is_confirmed_and_the_old_one_is_told_twice()
    {
        var (former, email) = (await api.NewPersonAsync(), People.NewAddress());
        var (here, elsewhere) = (await api.NewSessionAsync(former), await api.NewSessionAsync(former));

        var token = await api.NewAddressTokenAsync(here, email);
        Assert.Contains($"https://service.example/confirm-new-address#token={token}", (await api.MailAsync(email)).Text);
        var asked = await api.MailAsync(former, count: 2);
        Assert.Contains("asked for", asked.Subject);
        Assert.Contains(email, asked.Text);
        Assert.Null(asked.Token);
        Assert.Equal(former, (await api.AccountAsync(here)).GetProperty("email").GetString());

        Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmEmailChangeAsync(token)).StatusCode);

        Assert.Equal(email, (await api.AccountAsync(here)).GetProperty("email").GetString());
        Assert.False(await api.IsAliveAsync(elsewhere));
        Assert.Contains("was changed", (await api.MailAsync(former, count: 3)).Subject);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SignInAsync(former)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email)).StatusCode);
        await Problem.IsAsync(await api.ConfirmEmailChangeAsync(token), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    [Wall("A1")]
    public async Task A_taken_address_is_answered_like_a_free_one_and_its_owner_is_told()
    {
        var (mover, owner) = (await api.NewPersonAsync(), await api.NewPersonAsync());
        var session = await api.NewSessionAsync(mover);

        var toFree = await api.ChangeEmailAsync(session, People.NewAddress());
        var toTaken = await api.ChangeEmailAsync(session, owner.ToUpperInvariant());

        Assert.Equal(HttpStatusCode.Accepted, toTaken.StatusCode);
        Assert.Equal(await toFree.Content.ReadAsStringAsync(), await toTaken.Content.ReadAsStringAsync());
        Assert.Equal(toFree.Headers.Select(header => header.Key), toTaken.Headers.Select(header => header.Key));
        var told = await api.MailAsync(owner, count: 2);
        Assert.Contains("already have an account", told.Subject);
        Assert.Null(told.Token);
        await api.MailAsync(mover, count: 3);
    }

    [Fact]
    [Wall("C8")]
    public async Task A_newer_link_kills_the_older_one_and_so_does_time()
    {
        var session = await api.NewSessionAsync(await api.NewPersonAsync());
        var (first, second) = (People.NewAddress(), People.NewAddress());
        var older = await api.NewAddressTokenAsync(session, first);
        var newer = await api.NewAddressTokenAsync(session, second);

        await IsWorthNothingAsync(older);

        Assert.Equal(TimeSpan.FromHours(24), await api.ScalarAsync<TimeSpan>("select expires_at - created_at from identity.one_time_tokens where email = $1", second));
        await api.ScalarAsync<int>(
            "update identity.one_time_tokens set created_at = now() - interval '1 day', expires_at = now() where email = $1 returning 1", second);
        await IsWorthNothingAsync(newer);
        await IsWorthNothingAsync("hm1_" + new string('A', 43));
    }

    [Fact]
    [Wall("C8")]
    public async Task Of_fourteen_confirmations_at_once_one_succeeds()
    {
        for (var round = 0; round < 5; round++)
        {
            var token = await api.NewAddressTokenAsync(await api.NewSessionAsync(await api.NewPersonAsync()), People.NewAddress());
            var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.ConfirmEmailChangeAsync(token)));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.NoContent);
            Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        }
    }

    [Fact]
    public async Task Of_fourteen_accounts_that_move_to_one_address_at_once_one_gets_it()
    {
        var tokens = new List<string>();
        var email = People.NewAddress();

        for (var index = 0; index < 14; index++)
        {
            tokens.Add(await api.NewAddressTokenAsync(await api.NewSessionAsync(await api.NewPersonAsync()), email));
        }

        var registered = api.RegisterAsync(email);
        var answers = await Task.WhenAll(tokens.Select(api.ConfirmEmailChangeAsync));

        Assert.Equal(HttpStatusCode.Accepted, (await registered).StatusCode);
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.NoContent);
        Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from identity.accounts where email = $1", email));
    }

    [Fact]
    [Wall("A12")]
    public async Task Somebody_elses_registration_does_not_keep_an_address_from_its_owner()
    {
        var (former, email) = (await api.NewPersonAsync(), People.NewAddress());
        await api.RegisterAsync(email, "the attacker's password");
        var pending = await api.MailAsync(email);
        var session = await api.NewSessionAsync(former);

        Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmEmailChangeAsync(await api.NewAddressTokenAsync(session, email))).StatusCode);

        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SignInAsync(email, "the attacker's password")).StatusCode);
        await Problem.IsAsync(await api.ConfirmAsync(pending.Token, "the attacker's password"), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    public async Task An_address_that_was_taken_in_the_meantime_stays_with_its_owner()
    {
        var email = People.NewAddress();
        var session = await api.NewSessionAsync(await api.NewPersonAsync());
        var token = await api.NewAddressTokenAsync(session, email);
        await api.RegisterAsync(email, "the owner's own password");
        Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmAsync((await api.MailAsync(email, count: 2)).Token, "the owner's own password")).StatusCode);

        await IsWorthNothingAsync(token);

        Assert.True(await api.IsAliveAsync(session));
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email, "the owner's own password")).StatusCode);
    }

    [Fact]
    [Wall("C8")]
    public async Task Links_that_went_to_the_old_address_die_with_the_change()
    {
        var former = await api.NewPersonAsync();
        var reset = await api.NewResetTokenAsync(former);
        var address = await api.NewAddressTokenAsync(await api.NewSessionAsync(former), People.NewAddress());

        Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmEmailChangeAsync(address)).StatusCode);

        await Problem.IsAsync(await api.ResetPasswordAsync(reset), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    public async Task The_spelling_of_ones_own_address_can_be_changed()
    {
        var email = await api.NewPersonAsync();
        var session = await api.NewSessionAsync(email);
        var spelled = email.ToUpperInvariant();
        await api.ChangeEmailAsync(session, spelled);
        await Eventually.HoldsAsync(() => api.Mails(email).Any(mail => mail.Subject.Contains("new address for", StringComparison.Ordinal)), "the link");

        Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmEmailChangeAsync(
            api.Mails(email).First(mail => mail.Subject.Contains("new address for", StringComparison.Ordinal)).Token)).StatusCode);
        Assert.Equal(spelled, (await api.AccountAsync(session)).GetProperty("email").GetString());
    }

    private async Task IsWorthNothingAsync(string token) =>
        await Problem.IsAsync(await api.ConfirmEmailChangeAsync(token), HttpStatusCode.Unauthorized, "invalid_token");
}
