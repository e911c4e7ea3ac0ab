using System.Net;
using System.Net.Http.Json;
using System.Text;
using HardenedService.Api.Identity;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Privacy;

/// <summary>Someone who has used everything that there is, under names that can be recognised.</summary>
/// <param name="Id">The account.</param>
/// <param name="Email">Its address.</param>
/// <param name="NewEmail">The address that she is about to have.</param>
/// <param name="Bearer">Her session.</param>
/// <param name="Ip">Where that began.</param>
/// <param name="Host">An organization that she is a member of; another has invited her.</param>
/// <param name="Secrets">What nobody but her may ever see.</param>
internal sealed record Ada(Guid Id, string Email, string NewEmail, string Bearer, string Ip, Guid Host, IReadOnlyList<string> Secrets)
{
    public const string UserAgent = "Analytical-Engine/1.0 (Countess of Lovelace)";
    public const string OwnOrganization = "Lovelace & Daughters";
    public const string Passkey = "Ada's telephone";
    public const string HostOrganization = "Babbage";

    public static async Task<Ada> ArriveAsync(ApiFixture api)
    {
        var marker = $"{Guid.NewGuid():N}";
        var (email, newEmail, ip) = ($"Ada.Lovelace.{marker}@example.org", $"Countess.{marker}@example.org", CallsFrom.NewNetwork());
        Assert.Equal(HttpStatusCode.Accepted, (await api.RegisterAsync(email)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmAsync((await api.MailAsync(email)).Token)).StatusCode);
        var id = await api.IdAsync(email);
        var bearer = await SignInAsync(api, email, ip);

        // Second factors, and a change of address that is under way.
        var app = await api.SetUpTotpAsync(bearer);
        var codes = await SecondFactorPeople.CodesAsync(await api.EnableTotpAsync(bearer, await api.CodeAsync(app)));
        using var authenticator = new Authenticator();
        await api.NewPasskeyAsync(bearer, authenticator, Passkey);
        var link = await api.NewAddressTokenAsync(bearer, newEmail);

        // Organizations, and a call that must not happen twice.
        var (owner, _, _) = await api.NewLeaverAsync();
        await api.ScalarAsync<int>(
            "update tenancy.organizations set name = $2 where id = (select organization_id from tenancy.members where account_id = $1) returning 1", id, OwnOrganization);
        var host = await api.NewOrganizationAsync(HostOrganization, [owner], id);
        await api.InviteAsync(await api.NewOrganizationAsync("Somerville", [owner]), email);
        await PlantFeaturesAsync(api, id);
        await api.ScalarAsync<int>(
            """
            insert into platform.idempotency_keys (id, user_id, fingerprint, status, headers, body, expires_at)
            values (sha256($2), $1, sha256('fingerprint'), 201, '{}', $2, now() + interval '1 day')
            returning 1
            """,
            id,
            Encoding.UTF8.GetBytes($$"""{"from":"{{email}}"}"""));

        return new(
            id, email, newEmail, bearer, ip, host,
            [People.Password, bearer, link, .. codes, Base32.Encode(app.Secret), Convert.ToBase64String(app.Secret), Convert.ToHexString(app.Secret)]);
    }

    private static async Task PlantFeaturesAsync(ApiFixture api, Guid id)
    {
        var own = await api.ScalarAsync<Guid>("select id from tenancy.organizations where name = $1", OwnOrganization);

        foreach (var statement in FeatureSample.All.SelectMany(feature => feature.Rows))
        {
            await api.ScalarAsync<int>($"with planted as ({statement} returning 1) select 1 from planted", id, own);
        }
    }

    private static async Task<string> SignInAsync(ApiFixture api, string email, string ip)
    {
        using var host = api.StartAnother(ApiHost.DefaultLimits);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/sessions")
        {
            Content = JsonContent.Create(new { email, password = People.Password, transport = "bearer" }),
            Headers = { { "X-Forwarded-For", ip }, { "User-Agent", UserAgent } },
        };

        return (await (await host.Public.SendAsync(request)).JsonAsync()).GetProperty("token").GetString()!;
    }
}
