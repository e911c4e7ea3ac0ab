using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Identity;

/// <summary>A code works once (ASVS 6.5.1), near its time, by the database's clock.</summary>
public sealed class TotpReplayTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    [Wall("C1")]
    public async Task A_code_signs_in_once_and_so_does_none_of_an_earlier_step()
    {
        var person = await api.NewPersonWithTotpAsync();
        var (code, next) = (await api.CodeAsync(person.App), await api.CodeAsync(person.App, stepsAway: 1));
        Assert.Equal(HttpStatusCode.Created, (await RedeemAsync(person, next)).StatusCode);

        await RefusedAsync(await RedeemAsync(person, next));
        await RefusedAsync(await RedeemAsync(person, code));
    }

    [Fact]
    [Wall("C1")]
    public async Task The_code_that_enabled_the_app_signs_nobody_in()
    {
        var email = await api.NewPersonAsync();
        var bearer = await api.NewSessionAsync(email);
        var app = await api.SetUpTotpAsync(bearer);
        var code = await api.CodeAsync(app);
        Assert.Equal(HttpStatusCode.OK, (await api.EnableTotpAsync(bearer, code)).StatusCode);

        await RefusedAsync(await api.RedeemAsync(await api.TicketAsync(email), code));
        Assert.Equal(HttpStatusCode.Created, (await api.RedeemAsync(await api.TicketAsync(email), await api.CodeAsync(app, stepsAway: 1))).StatusCode);
    }

    [Fact]
    [Wall("C1")]
    public async Task Of_fourteen_sign_ins_with_one_code_at_once_one_succeeds()
    {
        var person = await api.NewPersonWithTotpAsync();

        for (var round = 0; round < 5; round++)
        {
            await api.ForgetUsedCodesAsync(person.Email);
            var tickets = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.TicketAsync(person.Email)));
            var code = await api.CodeAsync(person.App);

            var answers = await Task.WhenAll(tickets.Select(ticket => api.RedeemAsync(ticket, code)));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
            Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        }
    }

    [Fact]
    [Wall("C1")]
    public async Task A_code_is_used_up_whatever_it_was_used_for()
    {
        var person = await api.NewPersonWithTotpAsync();
        var code = await api.CodeAsync(person.App);
        Assert.Equal(HttpStatusCode.OK, (await api.MakeRecoveryCodesAsync(person.Bearer, new { code })).StatusCode);

        await RefusedAsync(await RedeemAsync(person, code));
        await Problem.IsAsync(await api.MakeRecoveryCodesAsync(person.Bearer, new { code }), HttpStatusCode.Unauthorized, "invalid_credentials");
        await Problem.IsAsync(await api.DisableTotpAsync(person.Bearer, new { code }), HttpStatusCode.Unauthorized, "invalid_credentials");
    }

    [Theory]
    [Wall("C2")]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task A_code_is_good_in_its_step_and_the_neighbouring_ones(int stepsAway, bool isGood)
    {
        var person = await api.NewPersonWithTotpAsync();
        HttpResponseMessage answer;
        long step;

        do
        {
            // Once more, should a step end in between.
            await api.ForgetUsedCodesAsync(person.Email);
            var ticket = await api.TicketAsync(person.Email);
            step = await api.StepAsync();
            answer = await api.RedeemAsync(ticket, person.App.CodeAt(step + stepsAway));
        }
        while (step != await api.StepAsync());

        Assert.Equal(isGood ? HttpStatusCode.Created : HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_replica_whose_clock_is_wrong_takes_the_same_codes()
    {
        var person = await api.NewPersonWithTotpAsync();
        using var replica = api.StartAnother(configure: host => host.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(new Late())));
        var ticket = await api.TicketAsync(person.Email);
        var code = await api.CodeAsync(person.App);

        using var body = JsonContent.Create(new { ticket, code, transport = "bearer" });
        Assert.Equal(HttpStatusCode.Created, (await replica.Public.PostAsync("/v1/sessions/mfa", body)).StatusCode);
    }

    private static Task<JsonElement> RefusedAsync(HttpResponseMessage answer) => Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "invalid_token");

    private async Task<HttpResponseMessage> RedeemAsync(PersonWithTotp person, string code) =>
        await api.RedeemAsync(await api.TicketAsync(person.Email), code);

    private sealed class Late : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - TimeSpan.FromMinutes(10);
    }
}
