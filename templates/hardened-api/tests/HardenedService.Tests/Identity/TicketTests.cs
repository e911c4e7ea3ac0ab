using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

/// <summary>What a right password is answered with is good for one thing, once, and for ten minutes (ASVS 6.5.1).</summary>
[Wall("C5")]
public sealed class TicketTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Of_fourteen_that_present_one_at_once_one_gets_a_session()
    {
        for (var round = 0; round < 5; round++)
        {
            var person = await api.NewPersonWithTotpAsync();
            var ticket = await api.TicketAsync(person.Email);

            // Each with a code of its own, so that the ticket alone is what they share.
            var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(call => api.RecoverAsync(ticket, person.RecoveryCodes[call % 10])));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
            Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
            Assert.Equal(1, await api.ScalarAsync<long>(
                "select count(*) from identity.live_sessions where email = $1 and assurance = 'mfa'", person.Email));
        }
    }

    [Fact]
    public async Task It_works_once_and_is_deleted()
    {
        var person = await api.NewPersonWithTotpAsync();
        var ticket = await api.TicketAsync(person.Email);
        Assert.Equal(HttpStatusCode.Created, (await api.RecoverAsync(ticket, person.RecoveryCodes[0])).StatusCode);

        await RefusedAsync(await api.RecoverAsync(ticket, person.RecoveryCodes[1]));
        Assert.Equal(0, await api.ScalarAsync<long>("select count(*) from identity.one_time_tokens where token_hash = $1", Hash(ticket)));
    }

    [Fact]
    public async Task It_has_five_tries_and_each_password_gets_another_one()
    {
        var person = await api.NewPersonWithTotpAsync();
        var (ticket, wrong) = (await api.TicketAsync(person.Email), await api.WrongCodeAsync(person.App));

        for (var attempt = 0; attempt < 5; attempt++)
        {
            await RefusedAsync(await api.RedeemAsync(ticket, wrong));
        }

        await RefusedAsync(await api.RedeemAsync(ticket, await api.CodeAsync(person.App)));
        Assert.NotEmpty(await api.NewSessionAsync(person));
    }

    [Fact]
    public async Task Parallel_guesses_share_its_five_tries()
    {
        var person = await api.NewPersonWithTotpAsync();
        var (ticket, wrong) = (await api.TicketAsync(person.Email), await api.WrongCodeAsync(person.App));

        await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.RedeemAsync(ticket, wrong)));

        Assert.Equal(5, await api.ScalarAsync<int>("select tries from identity.one_time_tokens where token_hash = $1", Hash(ticket)));
    }

    [Fact]
    public async Task It_lives_for_ten_minutes()
    {
        var person = await api.NewPersonWithTotpAsync();
        var ticket = await api.TicketAsync(person.Email);
        Assert.Equal(TimeSpan.FromMinutes(10), await api.ScalarAsync<TimeSpan>(
            "select expires_at - created_at from identity.one_time_tokens where token_hash = $1", Hash(ticket)));

        await api.ScalarAsync<int>(
            """
            update identity.one_time_tokens
            set created_at = created_at - interval '10 minutes',
                expires_at = expires_at - interval '10 minutes'
            where token_hash = $1
            returning 1
            """,
            Hash(ticket));

        await RefusedAsync(await api.RedeemAsync(ticket, await api.CodeAsync(person.App)));
    }

    [Fact]
    public async Task It_grants_nothing_else()
    {
        var person = await api.NewPersonWithTotpAsync();
        var ticket = await api.TicketAsync(person.Email);

        foreach (var answer in new[]
        {
            await api.SendAsync(HttpMethod.Get, "/v1/account", bearer: ticket),
            await api.SendAsync(HttpMethod.Get, "/v1/account", cookie: $"__Host-session={ticket}"),
            await api.SendAsync(HttpMethod.Get, "/v1/account", bearer: ticket.Replace("ht1_", "hs1_", StringComparison.Ordinal)),
        })
        {
            await Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "unauthenticated");
        }

        await RefusedAsync(await api.ConfirmAsync(ticket));
        await RefusedAsync(await api.ConfirmAsync(ticket.Replace("ht1_", "hm1_", StringComparison.Ordinal)));
        await RefusedAsync(await api.RedeemAsync(ticket.ToUpperInvariant(), await api.CodeAsync(person.App)));
        await RefusedAsync(await api.RedeemAsync($" {ticket}", await api.CodeAsync(person.App)));
    }

    [Fact]
    public async Task A_mailed_token_is_none()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email);
        var token = (await api.MailAsync(email)).Token!;
        var person = await api.NewPersonWithTotpAsync();

        await RefusedAsync(await api.RedeemAsync(token, await api.CodeAsync(person.App)));
        await RefusedAsync(await api.RedeemAsync(token.Replace("hm1_", "ht1_", StringComparison.Ordinal), await api.CodeAsync(person.App)));
    }

    [Fact]
    public async Task Somebody_elses_code_does_not_do()
    {
        var (person, other) = (await api.NewPersonWithTotpAsync(), await api.NewPersonWithTotpAsync());
        var ticket = await api.TicketAsync(person.Email);

        await RefusedAsync(await api.RedeemAsync(ticket, await api.CodeAsync(other.App)));
        await RefusedAsync(await api.RecoverAsync(ticket, other.RecoveryCodes[0]));
    }

    [Theory]
    [InlineData("session_epoch = session_epoch + 1")]
    [InlineData("disabled_at = now()")]
    public async Task It_ends_when_all_sessions_do_and_when_the_account_is_disabled(string change)
    {
        var person = await api.NewPersonWithTotpAsync();
        var ticket = await api.TicketAsync(person.Email);
        await api.ScalarAsync<int>($"update identity.accounts set {change} where email = $1 returning 1", person.Email);

        await RefusedAsync(await api.RedeemAsync(ticket, await api.CodeAsync(person.App)));
        await RefusedAsync(await api.RecoverAsync(ticket, person.RecoveryCodes[0]));

        // What was refused used nothing up.
        Assert.Equal(10, await api.ScalarAsync<long>(
            "select count(*) from identity.recovery_codes c join identity.accounts a on a.id = c.account_id where email = $1", person.Email));
    }

    private static Task<JsonElement> RefusedAsync(HttpResponseMessage answer) => Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "invalid_token");

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.ASCII.GetBytes(token));
}
