using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

/// <summary>Who asks for a mail learns nothing about the address, neither by the answer nor by the work that it takes.</summary>
public sealed class MailRequestTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Theory]
    [InlineData("/v1/accounts/forgot-password")]
    [InlineData("/v1/accounts/resend-confirmation")]
    [Wall("A1")]
    [Wall("A2")]
    public async Task Every_address_gets_the_same_answer_by_the_same_statements(string path)
    {
        using var statements = new Statements();
        using var host = api.StartAnother(configure: statements.Use);
        var pending = People.NewAddress();
        await api.RegisterAsync(pending);
        var disabled = await api.NewPersonAsync();
        await api.SetAccountAsync(disabled, "disabled_at = now()");
        await host.Public.PostAsJsonAsync(path, new { email = People.NewAddress() });

        var seen = new HashSet<string>();

        foreach (var email in new[] { await api.NewPersonAsync(), People.NewAddress(), pending, disabled })
        {
            var answer = await host.Public.PostAsJsonAsync(path, new { email });

            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            seen.Add($"{statements.OfLatest().Count} {string.Join(',', answer.Headers.Select(header => header.Key))} {await answer.Content.ReadAsStringAsync()}");
        }

        Assert.EndsWith(" {}", Assert.Single(seen));
        Assert.NotEqual('0', seen.Single()[0]);
    }

    [Fact]
    [Wall("A1")]
    [Wall("A2")]
    public async Task A_free_and_a_taken_new_address_take_the_same_statements()
    {
        using var statements = new Statements();
        using var host = api.StartAnother(configure: statements.Use);
        var session = await api.NewSessionAsync(await api.NewPersonAsync());
        var pending = People.NewAddress();
        await api.RegisterAsync(pending);
        await AskAsync(People.NewAddress());

        var seen = new HashSet<int>();

        foreach (var newEmail in new[] { await api.NewPersonAsync(), People.NewAddress(), pending })
        {
            await AskAsync(newEmail);
            seen.Add(statements.OfLatest().Count);
        }

        Assert.True(Assert.Single(seen) > 0);

        async Task AskAsync(string newEmail)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/account/email")
            {
                Content = JsonContent.Create(new { newEmail }),
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", session) },
            };
            Assert.Equal(HttpStatusCode.Accepted, (await host.Public.SendAsync(request)).StatusCode);
        }
    }

    [Fact]
    public async Task A_reset_link_goes_to_confirmed_accounts_alone()
    {
        var pending = People.NewAddress();
        await api.RegisterAsync(pending);
        var disabled = await api.NewPersonAsync();
        await api.SetAccountAsync(disabled, "disabled_at = now()");
        var unknown = People.NewAddress();
        await api.MailAsync(pending);

        foreach (var email in new[] { pending, disabled, unknown })
        {
            await api.ForgotPasswordAsync(email);
        }

        await EverythingIsDeliveredAsync();
        Assert.Equal((1, 1, 0), (api.MailCount(pending), api.MailCount(disabled), api.MailCount(unknown)));
    }

    [Fact]
    [Wall("C8")]
    public async Task Another_confirmation_replaces_the_link_and_asks_for_the_same_password()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email);
        var first = await api.MailAsync(email);
        await api.ResendConfirmationAsync(email.ToUpperInvariant());
        var second = await api.MailAsync(email, count: 2);

        Assert.Equal(HttpStatusCode.Unauthorized, (await api.ConfirmAsync(first.Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.ConfirmAsync(second.Token, "not the registration's")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmAsync(second.Token)).StatusCode);
    }

    [Fact]
    public async Task Another_confirmation_goes_to_registrations_that_wait_alone()
    {
        var (known, unknown) = (await api.NewPersonAsync(), People.NewAddress());
        await api.ResendConfirmationAsync(known);
        await api.ResendConfirmationAsync(unknown);

        await EverythingIsDeliveredAsync();
        Assert.Equal((1, 0), (api.MailCount(known), api.MailCount(unknown)));
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("X-Forwarded-Host", "evil.example")]
    [InlineData("Forwarded", "host=evil.example")]
    [Wall("C10")]
    public async Task A_spoofed_host_does_not_change_a_mailed_link(string header, string value)
    {
        var (known, pending, newAddress) = (await api.NewPersonAsync(), People.NewAddress(), People.NewAddress());
        var session = await api.NewSessionAsync(known);

        await SendAsync("/v1/accounts", new { email = pending, password = People.Password });
        await api.MailAsync(pending);
        await SendAsync("/v1/accounts/resend-confirmation", new { email = pending });
        await SendAsync("/v1/accounts/forgot-password", new { email = known });
        await SendAsync("/v1/account/email", new { newEmail = newAddress });

        foreach (var (email, count) in new[] { (pending, 2), (known, 3), (newAddress, 1) })
        {
            await api.MailAsync(email, count);
            Assert.All(api.Mails(email), mail => Assert.Contains("https://service.example/", mail.Text));
            Assert.All(api.Mails(email), mail => Assert.DoesNotContain("evil.example", mail.Text));
        }

        async Task SendAsync(string path, object body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session);
            request.Headers.TryAddWithoutValidation(header, value);
            Assert.Equal(HttpStatusCode.Accepted, (await api.Client.SendAsync(request)).StatusCode);
        }
    }

    private Task EverythingIsDeliveredAsync() => Eventually.HoldsAsync(
        async () => await api.ScalarAsync<long>("select count(*) from platform.outbox_messages where delivered_at is null") == 0, "the outbox to be empty");
}
