using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

public sealed class ReauthenticateTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string WrongPassword = "a wrong password";

    [Fact]
    public async Task Whoever_has_a_second_factor_is_asked_for_a_code_after_a_right_password()
    {
        var person = await api.NewPersonWithTotpAsync();

        await Problem.IsAsync(await ReauthenticateAsync(person.Bearer, new { password = WrongPassword }), HttpStatusCode.Unauthorized, "invalid_credentials");

        var problem = await Problem.IsAsync(
            await ReauthenticateAsync(person.Bearer, new { password = People.Password }), HttpStatusCode.Forbidden, "mfa_required");
        Assert.Equal(["totp"], problem.GetProperty("methods").EnumerateArray().Select(method => method.GetString()));
        Assert.False(problem.TryGetProperty("ticket", out _));
        Assert.True(await api.IsAliveAsync(person.Bearer));
    }

    [Fact]
    public async Task Password_and_code_make_the_session_fresh_rotate_it_and_raise_its_assurance()
    {
        var person = await api.NewPersonWithTotpAsync();
        await api.GrowStaleAsync(person.Email);

        var answer = await ReauthenticateAsync(person.Bearer, new { password = People.Password, code = await api.CodeAsync(person.App) });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var session = await answer.JsonAsync();
        var rotated = session.GetProperty("token").GetString()!;
        Assert.Equal("mfa", session.GetProperty("session").GetProperty("assurance").GetString());
        Assert.False(await api.IsAliveAsync(person.Bearer));
        Assert.Equal(
            HttpStatusCode.OK,
            (await api.MakeRecoveryCodesAsync(rotated, new { code = await api.CodeAsync(person.App, stepsAway: 1) })).StatusCode);
    }

    [Fact]
    public async Task The_password_comes_first_and_a_wrong_one_uses_no_code_up()
    {
        var person = await api.NewPersonWithTotpAsync();
        var code = await api.CodeAsync(person.App);

        await Problem.IsAsync(await ReauthenticateAsync(person.Bearer, new { password = WrongPassword, code }), HttpStatusCode.Unauthorized, "invalid_credentials");

        Assert.Equal(HttpStatusCode.OK, (await ReauthenticateAsync(person.Bearer, new { password = People.Password, code })).StatusCode);
    }

    [Fact]
    [Wall("C1")]
    public async Task A_wrong_code_and_one_that_was_used_leave_the_session_as_it_was()
    {
        var person = await api.NewPersonWithTotpAsync();
        var used = await api.CodeAsync(person.App);
        await api.RedeemAsync(await api.TicketAsync(person.Email), used);
        await api.GrowStaleAsync(person.Email);

        foreach (var code in new[] { used, await api.WrongCodeAsync(person.App) })
        {
            await Problem.IsAsync(
                await ReauthenticateAsync(person.Bearer, new { password = People.Password, code }), HttpStatusCode.Unauthorized, "invalid_credentials");
        }

        await Problem.IsAsync(
            await api.SendAsync(HttpMethod.Post, SecondFactorPeople.Totp, person.Bearer), HttpStatusCode.Forbidden, "reauthentication_required");
    }

    [Fact]
    public async Task A_session_that_began_with_both_factors_stays_one_when_the_factor_is_gone()
    {
        var person = await api.NewPersonWithTotpAsync();
        var bearer = await api.NewSessionAsync(person);
        await api.DisableTotpAsync(bearer, new { recoveryCode = person.RecoveryCodes[0] });

        var answer = await ReauthenticateAsync(bearer, new { password = People.Password });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("mfa", (await answer.JsonAsync()).GetProperty("session").GetProperty("assurance").GetString());
    }

    private Task<HttpResponseMessage> ReauthenticateAsync(string bearer, object body) =>
        api.SendAsync(HttpMethod.Post, "/v1/sessions/current/reauthenticate", bearer, content: JsonContent.Create(body));
}
