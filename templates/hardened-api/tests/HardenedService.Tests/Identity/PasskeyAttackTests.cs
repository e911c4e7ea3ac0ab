using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

[Wall("C7")]
public sealed class PasskeyAttackTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    public static TheoryData<string> Lies => [.. Statements.Keys];

    private static readonly Dictionary<string, Statement> Statements = new()
    {
        ["another site's page"] = new() { Origin = "https://service.example.attacker.example" },
        ["a sibling's page"] = new() { Origin = "https://other.service.example" },
        ["our page without TLS"] = new() { Origin = "http://service.example" },
        ["our page on another port"] = new() { Origin = "https://service.example:8443" },
        ["a page that framed ours"] = new() { CrossOrigin = true, TopOrigin = "https://attacker.example" },
        ["a frame that hides who frames it"] = new() { CrossOrigin = true },
        ["a page that framed ours and denies it"] = new() { TopOrigin = "https://attacker.example" },
        ["another RP"] = new() { RpId = "attacker.example" },
        ["a parent domain as RP"] = new() { RpId = "example" },
        ["another challenge"] = new() { Challenge = Authenticator.Encoded(new byte[32]) },
        ["no challenge"] = new() { Challenge = "" },
        ["the other ceremony"] = new() { Type = "payment.get" },
        ["nobody verified"] = new() { Flags = Statement.UserPresent },
        ["nobody present"] = new() { Flags = Statement.UserVerified },
        ["neither"] = new() { Flags = 0 },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_lie_adds_no_passkey(string lie)
    {
        var bearer = await api.NewSessionAsync(await api.NewPersonAsync());
        using var authenticator = new Authenticator();
        var begun = await api.BeginPasskeyAsync(bearer);
        var answer = await api.AddPasskeyAsync(bearer, begun.Ticket, authenticator.Create(begun.Options, Statements[lie]));

        var problem = await Problem.IsAsync(answer, HttpStatusCode.BadRequest, "validation_failed");
        Assert.True(problem.GetProperty("errors").TryGetProperty("credential", out _));
        Assert.Equal(0, await PasskeyCountAsync(authenticator));
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_lie_signs_nobody_in(string lie)
    {
        using var authenticator = new Authenticator();
        await api.NewPersonWithPasskeyAsync(authenticator);

        await Problem.IsAsync(await api.SignInWithPasskeyAsync(authenticator, Statements[lie]), HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.Equal(HttpStatusCode.Created, (await api.SignInWithPasskeyAsync(authenticator)).StatusCode);
    }

    [Fact]
    public async Task A_wrong_signature_a_strangers_key_and_a_strangers_handle_sign_nobody_in()
    {
        using var mine = new Authenticator();
        using var theirs = new Authenticator();
        using var unknown = new Authenticator();
        await api.NewPersonWithPasskeyAsync(mine);
        await api.NewPersonWithPasskeyAsync(theirs);
        var theirHandle = theirs.Get((await api.BeginPasskeySignInAsync()).Options)["response"]!["userHandle"]!.GetValue<string>();

        await RefusedAsync(mine, new() { SpoilSignature = true });
        await RefusedAsync(mine, new() { UserHandle = theirHandle });
        await RefusedAsync(mine, new() { UserHandle = "" });
        await RefusedAsync(mine, new() { UserHandle = Authenticator.Encoded(Guid.NewGuid().ToByteArray()) });
        await RefusedAsync(mine, new() { UserHandle = Authenticator.Encoded(Encoding.UTF8.GetBytes($"{Guid.NewGuid()}")) });
        await RefusedAsync(unknown, new() { UserHandle = theirHandle });
        await RefusedAsync(unknown, new());
    }

    [Fact]
    public async Task A_passkey_that_is_registered_already_is_not_added_again()
    {
        using var authenticator = new Authenticator();
        await api.NewPersonWithPasskeyAsync(authenticator);
        var stranger = await api.NewSessionAsync(await api.NewPersonAsync());
        var begun = await api.BeginPasskeyAsync(stranger);

        await Problem.IsAsync(
            await api.AddPasskeyAsync(stranger, begun.Ticket, authenticator.Create(begun.Options)), HttpStatusCode.BadRequest, "validation_failed");

        // Two at once both find it free, and the constraint decides.
        using var fresh = new Authenticator();
        var ceremonies = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.BeginPasskeyAsync(stranger)));
        var answers = await Task.WhenAll(
            ceremonies.Select(ceremony => (ceremony.Ticket, Made: fresh.Create(ceremony.Options))).ToList()
                .Select(ceremony => api.AddPasskeyAsync(stranger, ceremony.Ticket, ceremony.Made)));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_removed_passkey_signs_nobody_in_not_even_in_a_ceremony_that_was_under_way()
    {
        using var authenticator = new Authenticator();
        var (_, bearer, id) = await api.NewPersonWithPasskeyAsync(authenticator);
        var underWay = await api.BeginPasskeySignInAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await api.SendAsync(HttpMethod.Delete, $"{Passkeys.Path}/{id}", bearer)).StatusCode);

        await Problem.IsAsync(
            await api.SignInWithPasskeyAsync(underWay.Ticket, authenticator.Get(underWay.Options)), HttpStatusCode.Unauthorized, "invalid_credentials");
        await RefusedAsync(authenticator, new());
    }

    [Fact]
    public async Task A_disabled_account_is_refused_like_any_other()
    {
        using var authenticator = new Authenticator();
        var (email, _, _) = await api.NewPersonWithPasskeyAsync(authenticator);
        await api.ScalarAsync<int>("update identity.accounts set disabled_at = now() where email = $1 returning 1", email);

        await RefusedAsync(authenticator, new());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("cross-site")]
    public async Task Another_sites_page_signs_no_browser_in(string? site)
    {
        using var authenticator = new Authenticator();
        await api.NewPersonWithPasskeyAsync(authenticator);
        var begun = await api.BeginPasskeySignInAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, Passkeys.SignInPath)
        {
            Content = JsonContent.Create(new { ticket = begun.Ticket, credential = authenticator.Get(begun.Options) }),
        };

        if (site is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", site);
        }

        await Problem.IsAsync(await api.Client.SendAsync(request), HttpStatusCode.Forbidden, "cross_site_request");
    }

    private async Task RefusedAsync(Authenticator authenticator, Statement statement) =>
        await Problem.IsAsync(await api.SignInWithPasskeyAsync(authenticator, statement), HttpStatusCode.Unauthorized, "invalid_credentials");

    private Task<long> PasskeyCountAsync(Authenticator authenticator) => api.ScalarAsync<long>(
        "select count(*) from identity.passkeys where encode(credential_id, 'base64') = $1",
        Convert.ToBase64String(Base64Url.DecodeFromChars(authenticator.CredentialId)));
}
