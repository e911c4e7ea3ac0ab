using System.Net;
using System.Net.Http.Json;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Someone who has to present a second factor.</summary>
/// <param name="Email">The account's address. The password is <see cref="People.Password"/>.</param>
/// <param name="App">The authenticator app.</param>
/// <param name="RecoveryCodes">The ten codes on paper.</param>
/// <param name="Bearer">The session in which the factor was enabled.</param>
internal sealed record PersonWithTotp(string Email, AuthenticatorApp App, IReadOnlyList<string> RecoveryCodes, string Bearer);

/// <summary>What people do with second factors, as the tests' vocabulary. What time it is, the database says.</summary>
internal static class SecondFactorPeople
{
    public const string Totp = "/v1/account/mfa/totp";
    public const string Enable = $"{Totp}/enable";
    public const string RecoveryCodes = "/v1/account/mfa/recovery-codes";

    private const string Redeem = "/v1/sessions/mfa";

    /// <summary>Someone with an authenticator app that is enabled, and of which no code counts as used.</summary>
    public static async Task<PersonWithTotp> NewPersonWithTotpAsync(this ApiFixture api)
    {
        var email = await api.NewPersonAsync();
        var bearer = await api.NewSessionAsync(email);
        var app = await api.SetUpTotpAsync(bearer);
        var answer = await api.EnableTotpAsync(bearer, await api.CodeAsync(app));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await api.ForgetUsedCodesAsync(email);

        return new(email, app, await CodesAsync(answer), bearer);
    }

    /// <summary>Sets a secret up, and does not enable it.</summary>
    public static async Task<AuthenticatorApp> SetUpTotpAsync(this ApiFixture api, string bearer)
    {
        var answer = await api.SendAsync(HttpMethod.Post, Totp, bearer);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        return new((await answer.JsonAsync()).GetProperty("secret").GetString()!);
    }

    public static Task<HttpResponseMessage> EnableTotpAsync(this ApiFixture api, string bearer, string code) =>
        api.SendAsync(HttpMethod.Post, Enable, bearer, content: JsonContent.Create(new { code }));

    public static Task<HttpResponseMessage> DisableTotpAsync(this ApiFixture api, string bearer, object proof) =>
        api.SendAsync(HttpMethod.Delete, Totp, bearer, content: JsonContent.Create(proof));

    public static Task<HttpResponseMessage> MakeRecoveryCodesAsync(this ApiFixture api, string bearer, object proof) =>
        api.SendAsync(HttpMethod.Post, RecoveryCodes, bearer, content: JsonContent.Create(proof));

    /// <summary>The ticket that a right password is answered with.</summary>
    public static async Task<string> TicketAsync(this ApiFixture api, string email)
    {
        var problem = await Problem.IsAsync(await api.SignInAsync(email), HttpStatusCode.Forbidden, "mfa_required");

        return problem.GetProperty("ticket").GetString()!;
    }

    /// <summary>Presents a ticket with a code of the authenticator app.</summary>
    public static Task<HttpResponseMessage> RedeemAsync(this ApiFixture api, string ticket, string code, string transport = "bearer") =>
        api.RedeemWithAsync(new { ticket, code, transport });

    /// <summary>Presents a ticket with a recovery code.</summary>
    public static Task<HttpResponseMessage> RecoverAsync(this ApiFixture api, string ticket, string recoveryCode) =>
        api.RedeemWithAsync(new { ticket, recoveryCode, transport = "bearer" });

    public static Task<HttpResponseMessage> RedeemWithAsync(this ApiFixture api, object body, string? bearer = null, string? cookie = null) =>
        api.SendAsync(HttpMethod.Post, Redeem, bearer, cookie, JsonContent.Create(body));

    /// <summary>The bearer token of a new session, which takes both factors. The code that it takes counts as used no more.</summary>
    public static async Task<string> NewSessionAsync(this ApiFixture api, PersonWithTotp person)
    {
        var answer = await api.RedeemAsync(await api.TicketAsync(person.Email), await api.CodeAsync(person.App));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        await api.ForgetUsedCodesAsync(person.Email);

        return (await answer.JsonAsync()).GetProperty("token").GetString()!;
    }

    /// <summary>
    /// The code of the present step, or of one so many steps away. That of the present or the next one is good for half a minute at least,
    /// wherever in its step the clock is.
    /// </summary>
    public static async Task<string> CodeAsync(this ApiFixture api, AuthenticatorApp app, int stepsAway = 0) => app.CodeAt(await api.StepAsync() + stepsAway);

    /// <summary>A code that is not one of the present step or its neighbours.</summary>
    public static async Task<string> WrongCodeAsync(this ApiFixture api, AuthenticatorApp app)
    {
        var step = await api.StepAsync();
        var near = Enumerable.Range(-3, 7).Select(away => app.CodeAt(step + away)).ToHashSet();

        return Enumerable.Range(0, 10).Select(digit => new string((char)('0' + digit), 6)).First(code => !near.Contains(code));
    }

    public static Task<long> StepAsync(this ApiFixture api) =>
        api.ScalarAsync<long>("select floor(extract(epoch from clock_timestamp()))::bigint / 30");

    /// <summary>In place of waiting for the next step.</summary>
    public static Task ForgetUsedCodesAsync(this ApiFixture api, string email) => api.ScalarAsync<int>(
        """
        update identity.totp_factors
        set last_step = 0
        where account_id = (select id from identity.accounts where email = $1)
        returning 1
        """,
        email);

    /// <summary>The codes of an answer that shows them.</summary>
    public static async Task<IReadOnlyList<string>> CodesAsync(HttpResponseMessage answer) =>
        [.. (await answer.JsonAsync()).GetProperty("recoveryCodes").EnumerateArray().Select(code => code.GetString()!)];

    /// <summary>In place of waiting until the session is not fresh any more.</summary>
    public static Task GrowStaleAsync(this ApiFixture api, string email) => api.ScalarAsync<int>(
        """
        update identity.sessions
        set authenticated_at = now() - interval '11 minutes'
        where account_id = (select id from identity.accounts where email = $1)
        returning 1
        """,
        email);
}
