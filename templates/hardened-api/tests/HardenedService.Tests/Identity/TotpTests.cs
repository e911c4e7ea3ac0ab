using System.Net;
using System.Text.Json;
using HardenedService.Platform.Configuration;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

public sealed class TotpTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    [Wall("B6")]
    public async Task Enabling_it_shows_ten_recovery_codes_ends_the_other_sessions_and_is_told_by_mail()
    {
        var email = await api.NewPersonAsync();
        var (here, elsewhere) = (await api.NewSessionAsync(email), await api.NewSessionAsync(email));
        var app = await api.SetUpTotpAsync(here);
        Assert.False((await api.AccountAsync(here)).GetProperty("mfaEnabled").GetBoolean());

        var enabled = await api.EnableTotpAsync(here, await api.CodeAsync(app));

        Assert.Equal(HttpStatusCode.OK, enabled.StatusCode);
        Assert.Equal(10, (await SecondFactorPeople.CodesAsync(enabled)).Distinct().Count());
        Assert.True((await api.AccountAsync(here)).GetProperty("mfaEnabled").GetBoolean());
        Assert.False(await api.IsAliveAsync(elsewhere));
        await api.IsToldAsync(email, "An authenticator app was set up as a second factor for your account");
    }

    [Fact]
    public async Task Setting_it_up_shows_a_secret_and_its_uri_and_asks_for_nothing_at_sign_in_yet()
    {
        var email = await api.NewPersonAsync();
        var answer = await (await api.SendAsync(HttpMethod.Post, SecondFactorPeople.Totp, await api.NewSessionAsync(email))).JsonAsync();
        var secret = answer.GetProperty("secret").GetString()!;

        Assert.Matches("^[A-Z2-7]{32}$", secret);
        Assert.StartsWith($"otpauth://totp/{Uri.EscapeDataString(new ServiceOptions().Name)}:{Uri.EscapeDataString(email)}?secret={secret}&", answer.GetProperty("uri").GetString());
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email)).StatusCode);
    }

    [Fact]
    public async Task Setting_it_up_again_replaces_the_secret_that_was_not_enabled()
    {
        var bearer = await api.NewSessionAsync(await api.NewPersonAsync());
        var first = await api.SetUpTotpAsync(bearer);
        var second = await api.SetUpTotpAsync(bearer);

        await RefusedAsync(await api.EnableTotpAsync(bearer, await api.CodeAsync(first)));
        Assert.Equal(HttpStatusCode.OK, (await api.EnableTotpAsync(bearer, await api.CodeAsync(second))).StatusCode);
    }

    [Fact]
    [Wall("C6")]
    public async Task Setting_it_up_again_does_not_replace_one_that_is_enabled()
    {
        var person = await api.NewPersonWithTotpAsync();

        await Problem.IsAsync(await api.SendAsync(HttpMethod.Post, SecondFactorPeople.Totp, person.Bearer), HttpStatusCode.Conflict, "conflict");
        await RefusedAsync(await api.EnableTotpAsync(person.Bearer, await api.CodeAsync(person.App)));
        Assert.NotEmpty(await api.NewSessionAsync(person));
    }

    [Fact]
    public async Task A_wrong_code_enables_nothing_and_neither_does_one_without_a_secret()
    {
        var email = await api.NewPersonAsync();
        var bearer = await api.NewSessionAsync(email);
        await RefusedAsync(await api.EnableTotpAsync(bearer, "000000"));
        var app = await api.SetUpTotpAsync(bearer);

        await RefusedAsync(await api.EnableTotpAsync(bearer, await api.WrongCodeAsync(app)));

        Assert.False((await api.AccountAsync(bearer)).GetProperty("mfaEnabled").GetBoolean());
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email)).StatusCode);
    }

    [Fact]
    public async Task Of_fourteen_that_enable_it_at_once_one_gets_recovery_codes()
    {
        for (var round = 0; round < 5; round++)
        {
            var bearer = await api.NewSessionAsync(await api.NewPersonAsync());
            var code = await api.CodeAsync(await api.SetUpTotpAsync(bearer));

            var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.EnableTotpAsync(bearer, code)));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
            Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        }
    }

    [Fact]
    [Wall("C3")]
    public async Task The_secret_is_encrypted_at_rest_and_for_its_account_alone()
    {
        var (person, other) = (await api.NewPersonWithTotpAsync(), await api.NewPersonWithTotpAsync());
        var stored = await api.ScalarAsync<byte[]>(
            "select secret from identity.totp_factors f join identity.accounts a on a.id = f.account_id where email = $1", person.Email);
        Assert.Equal(-1, stored.AsSpan().IndexOf(person.App.Secret));

        // Whoever can write to the table, but has no key, gains nothing by putting a secret that they know in place of another one.
        await api.ScalarAsync<int>(
            "update identity.totp_factors set secret = $1 where account_id = (select id from identity.accounts where email = $2) returning 1",
            stored, other.Email);
        var ticket = await api.TicketAsync(other.Email);
        await Problem.IsAsync(await api.RedeemAsync(ticket, await api.CodeAsync(person.App)), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    public async Task Setting_it_up_asks_for_a_fresh_session()
    {
        var email = await api.NewPersonAsync();
        var bearer = await api.NewSessionAsync(email);
        await api.GrowStaleAsync(email);

        await Problem.IsAsync(
            await api.SendAsync(HttpMethod.Post, SecondFactorPeople.Totp, bearer), HttpStatusCode.Forbidden, "reauthentication_required");
    }

    private static Task<JsonElement> RefusedAsync(HttpResponseMessage answer) =>
        Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "invalid_credentials");
}
