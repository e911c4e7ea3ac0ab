using System.Net;
using System.Reflection;
using System.Text.Json;
using HardenedStarter.Build;
using HardenedStarter.Build.Trying;
using Microsoft.Playwright;

namespace HardenedStarter.Tests;

/// <summary>Passkeys as a real browser makes and uses them, with an authenticator that it simulates itself.</summary>
public sealed class PasskeyBrowserTests(TemplateFixture template)
{
    private const string Password = "correct horse battery staple";

    // What a page of the service would do. It reads the options and writes the credentials by the browser's own functions.
    private const string Page = """
        async ({ email, password }) => {
          const call = async (method, path, body) => {
            const answer = await fetch(path, { method, headers: body && { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
            return { status: answer.status, body: answer.status === 204 ? null : await answer.json() };
          };
          const signIn = async () => {
            const { ticket, options } = (await call('POST', '/v1/sessions/passkey/options')).body;
            const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
            return call('POST', '/v1/sessions/passkey', { ticket, credential: credential.toJSON() });
          };

          const byPassword = await call('POST', '/v1/sessions', { email, password });
          const { ticket, options } = (await call('POST', '/v1/account/passkeys/options')).body;
          const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
          const added = await call('POST', '/v1/account/passkeys', { ticket, credential: made.toJSON(), name: 'Chromium' });
          const signedOut = await call('DELETE', '/v1/sessions/current');
          const byPasskey = await signIn();
          const again = await signIn();
          const current = await call('GET', '/v1/sessions/current');
          const removed = await call('DELETE', `/v1/account/passkeys/${added.body.id}`);
          const byRemoved = await signIn();
          return { byPassword, added, signedOut, byPasskey, again, current, removed, byRemoved };
        }
        """;

    [Fact]
    public async Task Chromium_makes_a_passkey_and_signs_in_with_it_until_it_is_removed()
    {
        var folder = template.NewFolder();
        var cancel = TestContext.Current.CancellationToken;
        var configuration = typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        await using var service = await RunningService.StartAsync(Repository.Template, Path.Combine(folder, "data"), cancel, configuration);
        var email = $"{Guid.NewGuid():N}@example.org";
        await RegisterAsync(service, email, cancel);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.StartAsync(playwright, Path.Combine(folder, "profile"));
        var page = browser.Pages[0];
        await PlugInAuthenticatorAsync(browser, page);

        // Any answer of the service is a page of its origin: that of the public URL, since a passkey belongs to no IP address.
        await page.GotoAsync($"http://localhost:{service.Ports.Port}/v1/account");
        var seen = await page.EvaluateAsync<JsonElement>(Page, new { email, password = Password });

        AssertStatus(seen, "byPassword", HttpStatusCode.Created);
        AssertStatus(seen, "added", HttpStatusCode.Created);
        AssertStatus(seen, "signedOut", HttpStatusCode.NoContent);
        AssertStatus(seen, "byPasskey", HttpStatusCode.Created);
        AssertStatus(seen, "again", HttpStatusCode.Created);
        var session = AssertStatus(seen, "current", HttpStatusCode.OK).GetProperty("session");
        Assert.Equal(email, session.GetProperty("email").GetString());
        Assert.Equal("passkey", session.GetProperty("assurance").GetString());
        AssertStatus(seen, "removed", HttpStatusCode.NoContent);
        Assert.Equal("invalid_credentials", AssertStatus(seen, "byRemoved", HttpStatusCode.Unauthorized).GetProperty("code").GetString());
    }

    private static async Task RegisterAsync(RunningService service, string email, CancellationToken cancel)
    {
        using var client = new ServiceClient(service.Ports, cancel);
        await client.CallAsync(HttpMethod.Post, "/v1/accounts", HttpStatusCode.Accepted, new { email, password = Password });
        var token = await client.FetchMailedTokenAsync(email);
        await client.CallAsync(HttpMethod.Post, "/v1/accounts/confirm", HttpStatusCode.NoContent, new { token, password = Password });
    }

    // https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn: one that is part of the device, knows its owner, and says yes.
    private static async Task PlugInAuthenticatorAsync(IBrowserContext browser, IPage page)
    {
        var tools = await browser.NewCDPSessionAsync(page);
        await tools.SendAsync("WebAuthn.enable");
        await tools.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new
            {
                protocol = "ctap2",
                transport = "internal",
                hasResidentKey = true,
                hasUserVerification = true,
                isUserVerified = true,
                automaticPresenceSimulation = true,
            },
        });
    }

    private static JsonElement AssertStatus(JsonElement seen, string step, HttpStatusCode status)
    {
        var answer = seen.GetProperty(step);
        Assert.True(answer.GetProperty("status").GetInt32() == (int)status, $"{step}: {answer}");

        return answer.GetProperty("body");
    }
}
