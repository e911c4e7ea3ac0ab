using System.Net;
using System.Net.Http.Json;
using System.Text;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

public sealed class SecondFactorSignInTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string NoTicket = "ht1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    [Fact]
    public async Task A_right_password_gets_a_ticket_and_no_session()
    {
        var person = await api.NewPersonWithTotpAsync();
        var answer = await api.SignInAsync(person.Email, transport: "cookie");

        var problem = await Problem.IsAsync(answer, HttpStatusCode.Forbidden, "mfa_required");
        Assert.Matches("^ht1_[A-Za-z0-9_-]{43}$", problem.GetProperty("ticket").GetString());
        Assert.Equal(["totp", "recovery_code"], problem.GetProperty("methods").EnumerateArray().Select(method => method.GetString()));
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_wrong_password_is_told_nothing_of_the_factor()
    {
        var person = await api.NewPersonWithTotpAsync();

        var problem = await Problem.IsAsync(await api.SignInAsync(person.Email, "a wrong password"), HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.Equal(["code", "status", "title", "traceId", "type"], problem.EnumerateObject().Select(member => member.Name).Order());
    }

    [Fact]
    public async Task Ticket_and_code_begin_a_session_whose_assurance_says_so()
    {
        var person = await api.NewPersonWithTotpAsync();
        var answer = await api.RedeemAsync(await api.TicketAsync(person.Email), await api.CodeAsync(person.App));

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("/v1/sessions/current", answer.Headers.Location?.OriginalString);
        var session = await answer.JsonAsync();
        Assert.Equal("mfa", session.GetProperty("session").GetProperty("assurance").GetString());
        var current = await (await api.SendAsync(HttpMethod.Get, "/v1/sessions/current", session.GetProperty("token").GetString())).JsonAsync();
        Assert.Equal("mfa", current.GetProperty("session").GetProperty("assurance").GetString());
    }

    [Fact]
    public async Task The_cookie_is_the_default_and_its_session_takes_the_place_of_the_former_one()
    {
        var person = await api.NewPersonWithTotpAsync();
        var first = await CookieAsync(person);
        var second = await CookieAsync(person, first);

        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Get, "/v1/account", cookie: second)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SendAsync(HttpMethod.Get, "/v1/account", cookie: first)).StatusCode);
    }

    [Fact]
    [Wall("D2")]
    public async Task Another_sites_page_cannot_complete_a_sign_in_by_cookie()
    {
        var person = await api.NewPersonWithTotpAsync();
        var body = new { ticket = await api.TicketAsync(person.Email), code = await api.CodeAsync(person.App) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/sessions/mfa") { Content = JsonContent.Create(body) };
        request.Headers.Add("Sec-Fetch-Site", "cross-site");

        await Problem.IsAsync(await api.Client.SendAsync(request), HttpStatusCode.Forbidden, "cross_site_request");
        Assert.Equal(HttpStatusCode.Created, (await api.RedeemWithAsync(body)).StatusCode);
    }

    public static TheoryData<string> Unacceptable() =>
    [
        """{"ticket":"T"}""",
        """{"ticket":"T","code":null,"recoveryCode":null}""",
        """{"ticket":"T","code":"123456","recoveryCode":"AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA"}""",
        """{"ticket":"T","code":"1234567"}""",
        """{"ticket":"T","code":"12345"}""",
        """{"ticket":"T","code":""}""",
        $$"""{"ticket":"T","code":"{{new string('1', 10_240)}}"}""",
        $$"""{"ticket":"T","recoveryCode":"{{new string('A', 10_240)}}"}""",
        $$"""{"ticket":"{{new string('T', 10_240)}}","code":"123456"}""",
        """{"code":"123456"}""",
    ];

    [Theory]
    [MemberData(nameof(Unacceptable))]
    public async Task What_is_no_proof_by_its_form_is_refused_without_a_try(string body) =>
        await Problem.IsAsync(await PostAsync(body), HttpStatusCode.BadRequest, "validation_failed");

    public static TheoryData<string> Unreadable() =>
    [
        """{"ticket":"T","code":123456}""",
        """{"ticket":"T","code":"12345\u0000"}""",
        """{"ticket":"T\u0000","code":"123456"}""",
        """{"ticket":"T","code":"123456","remember":true}""",
    ];

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task What_cannot_be_read_is_refused(string body) =>
        await Problem.IsAsync(await PostAsync(body), HttpStatusCode.BadRequest, "malformed_request");

    public static TheoryData<string> Wrong() =>
    [
        """{"ticket":"T","code":"\u0661\u0662\u0663\u0664\u0665\u0666"}""",
        """{"ticket":"T","code":"      "}""",
        """{"ticket":"T","code":"-12345"}""",
        """{"ticket":"T","recoveryCode":""}""",
        """{"ticket":"T","recoveryCode":"\u0410\u0410AA-AAAA-AAAA-AAAA-AAAA-AAAA-AA"}""",
        $$"""{"ticket":"{{NoTicket}}","code":"123456"}""",
        """{"ticket":"'; drop table identity.accounts; --","code":"123456"}""",
    ];

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_proves_nothing_gets_one_answer(string body)
    {
        var person = await api.NewPersonWithTotpAsync();
        var ticket = await api.TicketAsync(person.Email);

        await Problem.IsAsync(
            await PostAsync(body.Replace("\"T\"", $"\"{ticket}\"", StringComparison.Ordinal)), HttpStatusCode.Unauthorized, "invalid_token");
    }

    private Task<HttpResponseMessage> PostAsync(string body) =>
        api.SendAsync(HttpMethod.Post, "/v1/sessions/mfa", content: new StringContent(body, Encoding.UTF8, "application/json"));

    private async Task<string> CookieAsync(PersonWithTotp person, string? former = null)
    {
        await api.ForgetUsedCodesAsync(person.Email);
        var body = new { ticket = await api.TicketAsync(person.Email), code = await api.CodeAsync(person.App) };
        var answer = await api.RedeemWithAsync(body, cookie: former);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.False((await answer.JsonAsync()).TryGetProperty("token", out _));

        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }
}
