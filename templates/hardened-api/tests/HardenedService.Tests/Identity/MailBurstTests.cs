using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

/// <summary>Of a burst of requests for one address, one mail of each kind goes out, by the default of <c>Outbox:ReplaceableFor</c>.</summary>
public sealed class MailBurstTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly Dictionary<string, string> AsByDefault = new() { ["Outbox:ReplaceableFor"] = "00:00:01" };

    [Fact]
    [Wall("A12")]
    public async Task Fourteen_registrations_at_once_send_one_mail_whose_token_works_for_the_newest()
    {
        using var host = api.StartAnother(AsByDefault);

        for (var round = 0; round < 3; round++)
        {
            var email = People.NewAddress();
            await FourteenTimesAsync(host, "/v1/accounts", new { email, password = People.Password });

            Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from identity.accounts where email = $1", email));
            await EverythingIsDeliveredAsync();
            Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmAsync(Assert.Single(api.Mails(email)).Token)).StatusCode);
        }
    }

    [Theory]
    [InlineData("/v1/accounts", true)]
    [InlineData("/v1/accounts/forgot-password", true)]
    [InlineData("/v1/accounts/resend-confirmation", false)]
    [Wall("A12")]
    public async Task Fourteen_requests_at_once_for_a_known_address_send_one_mail(string path, bool isConfirmed)
    {
        using var host = api.StartAnother(AsByDefault);
        var email = isConfirmed ? await api.NewPersonAsync() : People.NewAddress();

        if (!isConfirmed)
        {
            await api.RegisterAsync(email);
            await api.MailAsync(email);
        }

        await FourteenTimesAsync(host, path, path == "/v1/accounts" ? new { email, password = People.Password } : new { email });

        await EverythingIsDeliveredAsync();
        Assert.Equal(2, api.MailCount(email));
    }

    [Fact]
    public async Task Mails_to_different_people_do_not_replace_one_another()
    {
        using var host = api.StartAnother(AsByDefault);
        var people = Enumerable.Range(0, 14).Select(_ => People.NewAddress()).ToList();
        await Task.WhenAll(people.Select(email => host.Public.PostAsJsonAsync("/v1/accounts", new { email, password = People.Password })));

        await EverythingIsDeliveredAsync();
        Assert.All(people, email => Assert.Equal(1, api.MailCount(email)));
    }

    private static async Task FourteenTimesAsync(ApiHost host, string path, object body)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => host.Public.PostAsJsonAsync(path, body)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode));
    }

    private Task EverythingIsDeliveredAsync() => Eventually.HoldsAsync(
        async () => await api.ScalarAsync<long>("select count(*) from platform.outbox_messages where delivered_at is null") == 0, "the outbox to be empty");
}
