using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

[Wall("C6")]
public sealed class DisableTotpTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    [Wall("B6")]
    public async Task Switching_it_off_takes_a_code_ends_the_other_sessions_and_is_told_by_mail()
    {
        var person = await api.NewPersonWithTotpAsync();
        var elsewhere = await api.NewSessionAsync(person);

        Assert.Equal(HttpStatusCode.NoContent, (await api.DisableTotpAsync(person.Bearer, new { code = await api.CodeAsync(person.App) })).StatusCode);

        Assert.False((await api.AccountAsync(person.Bearer)).GetProperty("mfaEnabled").GetBoolean());
        Assert.False(await api.IsAliveAsync(elsewhere));
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(person.Email)).StatusCode);
        await api.IsToldAsync(person.Email, "The second factor was switched off for your account");
        Assert.Equal(0, await api.ScalarAsync<long>(
            "select count(*) from identity.recovery_codes c join identity.accounts a on a.id = c.account_id where email = $1", person.Email));
    }

    [Fact]
    public async Task A_recovery_code_does_in_place_of_the_app_that_is_lost_and_a_new_one_can_be_set_up()
    {
        var person = await api.NewPersonWithTotpAsync();

        Assert.Equal(HttpStatusCode.NoContent, (await api.DisableTotpAsync(person.Bearer, new { recoveryCode = person.RecoveryCodes[4] })).StatusCode);

        var app = await api.SetUpTotpAsync(person.Bearer);
        Assert.Equal(HttpStatusCode.OK, (await api.EnableTotpAsync(person.Bearer, await api.CodeAsync(app))).StatusCode);
    }

    [Fact]
    public async Task Without_the_factor_it_stays()
    {
        var (person, other) = (await api.NewPersonWithTotpAsync(), await api.NewPersonWithTotpAsync());
        object[] proofs =
        [
            new { code = await api.WrongCodeAsync(person.App) },
            new { recoveryCode = "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA" },
            new { recoveryCode = other.RecoveryCodes[0] },
        ];

        foreach (var proof in proofs)
        {
            await Problem.IsAsync(await api.DisableTotpAsync(person.Bearer, proof), HttpStatusCode.Unauthorized, "invalid_credentials");
        }

        Assert.NotEmpty(await api.TicketAsync(person.Email));
    }

    [Fact]
    public async Task A_session_that_is_not_fresh_cannot_whatever_it_presents()
    {
        var person = await api.NewPersonWithTotpAsync();
        await api.GrowStaleAsync(person.Email);
        var code = await api.CodeAsync(person.App);

        await Problem.IsAsync(await api.DisableTotpAsync(person.Bearer, new { code }), HttpStatusCode.Forbidden, "reauthentication_required");
        await Problem.IsAsync(
            await api.DisableTotpAsync(person.Bearer, new { recoveryCode = person.RecoveryCodes[0] }), HttpStatusCode.Forbidden, "reauthentication_required");

        // What was refused for that used nothing up.
        Assert.Equal(HttpStatusCode.Created, (await api.RedeemAsync(await api.TicketAsync(person.Email), code)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await api.RecoverAsync(await api.TicketAsync(person.Email), person.RecoveryCodes[0])).StatusCode);
    }

    [Fact]
    public async Task A_sign_in_that_is_under_way_ends_with_the_factor()
    {
        var person = await api.NewPersonWithTotpAsync();
        var ticket = await api.TicketAsync(person.Email);
        await api.DisableTotpAsync(person.Bearer, new { code = await api.CodeAsync(person.App) });

        await Problem.IsAsync(
            await api.RedeemAsync(ticket, await api.CodeAsync(person.App, stepsAway: 1)), HttpStatusCode.Unauthorized, "invalid_token");
        await Problem.IsAsync(await api.RecoverAsync(ticket, person.RecoveryCodes[0]), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    public async Task Switching_off_and_signing_in_at_once_take_turns()
    {
        for (var round = 0; round < 5; round++)
        {
            var person = await api.NewPersonWithTotpAsync();
            var tickets = await Task.WhenAll(Enumerable.Range(0, 7).Select(_ => api.TicketAsync(person.Email)));

            var switched = person.RecoveryCodes.Take(7).Select(recoveryCode => api.DisableTotpAsync(person.Bearer, new { recoveryCode }));
            var redeemed = tickets.Zip(person.RecoveryCodes.Skip(3), api.RecoverAsync);
            var answers = await Task.WhenAll(switched.Concat(redeemed));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.NoContent);
            Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.NoContent, HttpStatusCode.Created, HttpStatusCode.Unauthorized }));

            // Whoever came in by the factor was thrown out with it.
            foreach (var answer in answers.Where(answer => answer.StatusCode == HttpStatusCode.Created))
            {
                Assert.False(await api.IsAliveAsync((await answer.JsonAsync()).GetProperty("token").GetString()!));
            }
        }
    }
}
