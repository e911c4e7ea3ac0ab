using System.Net;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Identity;

public sealed class NewDeviceTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task The_owner_is_told_of_a_sign_in_from_a_new_network_and_not_of_the_first_one_nor_twice()
    {
        using var host = api.StartAnother(ApiHost.DefaultLimits);
        var (email, _) = await host.NewPersonAsync(api.Database);
        var (home, away) = (CallsFrom.NewNetwork(), CallsFrom.NewNetwork());

        await SignsInAsync(home);
        await SignsInAsync(home);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => SignsInAsync(away)));
        var mail = await api.MailAsync(email);

        Assert.Contains("new sign-in", mail.Subject);
        Assert.Contains(away, mail.Text);
        Assert.Contains("https://service.example/forgot-password", mail.Text);

        // A mail that comes later shows that no other was on its way before.
        await SignsInAsync(CallsFrom.NewNetwork());
        await api.MailAsync(email, count: 2);
        Assert.Equal(2, api.MailCount(email));

        async Task SignsInAsync(string from) => Assert.Equal(HttpStatusCode.Created, (await host.SignInAsync(email, People.Password, from)).StatusCode);
    }

    [Fact]
    public async Task Use_of_a_network_is_noted_once_a_day()
    {
        using var host = api.StartAnother(ApiHost.DefaultLimits);
        var (email, _) = await host.NewPersonAsync(api.Database);
        var home = CallsFrom.NewNetwork();
        await host.SignInAsync(email, People.Password, home);
        await AgeAsync(home, "23 hours");
        await host.SignInAsync(email, People.Password, home);
        Assert.True(await IsOldAsync(home));

        await AgeAsync(home, "25 hours");
        await host.SignInAsync(email, People.Password, home);
        Assert.False(await IsOldAsync(home));
    }

    [Fact]
    public async Task Networks_that_were_not_used_for_90_days_are_forgotten_but_for_the_latest()
    {
        using var host = api.StartAnother(ApiHost.DefaultLimits);
        var (email, _) = await host.NewPersonAsync(api.Database);
        var networks = Enumerable.Range(0, 4).Select(_ => CallsFrom.NewNetwork()).ToList();

        foreach (var (age, network) in networks.Index())
        {
            await host.SignInAsync(email, People.Password, network);
            await AgeAsync(network, $"{91 + age} days");
        }

        using var sweeping = api.StartAnother(new Dictionary<string, string> { ["Sweeps:Interval"] = "00:00:00.050" });

        await Eventually.HoldsAsync(async () => await NetworksAsync(email) == networks[0], "all but the latest to go");
    }

    private Task<object?> AgeAsync(string network, string age) =>
        Sql.RunAsync(api.Database.AdminConnectionString, $"update identity.known_networks set last_used_at = now() - interval '{age}' where network = '{network}'");

    private Task<bool> IsOldAsync(string network) =>
        api.ScalarAsync<bool>("select last_used_at < now() - interval '1 hour' from identity.known_networks where network = $1::cidr", network);

    private Task<string> NetworksAsync(string email) => api.ScalarAsync<string>(
        "select coalesce(string_agg(host(network), ' '), '') from identity.known_networks where account_id = (select id from identity.accounts where email = $1)", email);
}
