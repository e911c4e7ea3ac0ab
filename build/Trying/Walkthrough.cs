using System.Net;

namespace HardenedStarter.Build.Trying;

/// <summary>What a person does on the first day: sign up, confirm by mail, sign in, look, try the sample, add a second factor, sign out, and in again with both.</summary>
internal sealed class Walkthrough(ServiceClient service, Steps steps)
{
    private const string Email = "ada@example.com";
    private const string Password = "correct horse battery staple";

    private string _mailed = "";
    private string _ticket = "";
    private AuthenticatorApp _app = new("");

    public async Task RunAsync()
    {
        await steps.RunAsync("POST /v1/accounts", SignUpAsync);
        await steps.RunAsync("Fetched the mail with the confirmation link", async () => _mailed = await service.FetchMailedTokenAsync(Email));
        await steps.RunAsync("POST /v1/accounts/confirm", ConfirmAsync);
        await steps.RunAsync("POST /v1/sessions", SignInAsync);
        await steps.RunAsync($"GET /v1/account says {Email}", LookAsync);
        await new DocumentWalk(service, steps).RunAsync();
        await steps.RunAsync("POST /v1/account/mfa/totp", SetUpAppAsync);
        await steps.RunAsync("POST /v1/account/mfa/totp/enable shows ten recovery codes", EnableAppAsync);
        await steps.RunAsync("DELETE /v1/sessions/current", SignOutAsync);
        await steps.RunAsync("POST /v1/sessions says mfa_required to the password alone", SignInByPasswordAsync);
        await steps.RunAsync("POST /v1/sessions/mfa takes ticket and code", SignInByCodeAsync);
        await steps.RunAsync("DELETE /v1/sessions/current", SignOutAsync);
        await steps.RunAsync("GET /v1/account is refused from now on", LookInVainAsync);
    }

    private Task SignUpAsync() => service.CallAsync(HttpMethod.Post, "/v1/accounts", HttpStatusCode.Accepted, new { email = Email, password = Password });

    private Task ConfirmAsync() =>
        service.CallAsync(HttpMethod.Post, "/v1/accounts/confirm", HttpStatusCode.NoContent, new { token = _mailed, password = Password });

    private async Task SignInAsync()
    {
        var answer = await service.CallAsync(
            HttpMethod.Post, "/v1/sessions", HttpStatusCode.Created, new { email = Email, password = Password, transport = "bearer" });
        service.Bearer = answer.GetProperty("token").GetString();
    }

    private async Task LookAsync()
    {
        var account = await service.CallAsync(HttpMethod.Get, "/v1/account", HttpStatusCode.OK);
        if (account.GetProperty("email").GetString() != Email || !account.GetProperty("emailConfirmed").GetBoolean())
        {
            throw new BuildException($"GET /v1/account describes something else than {Email}, confirmed.", account.GetRawText());
        }
    }

    private async Task SetUpAppAsync()
    {
        var answer = await service.CallAsync(HttpMethod.Post, "/v1/account/mfa/totp", HttpStatusCode.OK);
        _app = new AuthenticatorApp(answer.GetProperty("secret").GetString()!);
    }

    private async Task EnableAppAsync()
    {
        var answer = await service.CallAsync(HttpMethod.Post, "/v1/account/mfa/totp/enable", HttpStatusCode.OK, new { code = _app.Code() });
        if (answer.GetProperty("recoveryCodes").GetArrayLength() != 10)
        {
            throw new BuildException("Enabling the second factor showed something else than ten recovery codes.");
        }
    }

    private async Task SignInByPasswordAsync()
    {
        service.Bearer = null;
        var answer = await service.CallAsync(
            HttpMethod.Post, "/v1/sessions", HttpStatusCode.Forbidden, new { email = Email, password = Password, transport = "bearer" });
        if (answer.GetProperty("code").GetString() != "mfa_required")
        {
            throw new BuildException("POST /v1/sessions does not ask for the second factor.", answer.GetRawText());
        }

        _ticket = answer.GetProperty("ticket").GetString()!;
    }

    // The next code: the one that enabled the app is used up, and nobody wants to wait for half a minute.
    private async Task SignInByCodeAsync()
    {
        var answer = await service.CallAsync(
            HttpMethod.Post, "/v1/sessions/mfa", HttpStatusCode.Created, new { ticket = _ticket, code = _app.NextCode(), transport = "bearer" });
        if (answer.GetProperty("session").GetProperty("assurance").GetString() != "mfa")
        {
            throw new BuildException("The session does not say that it began with two factors.", answer.GetRawText());
        }

        service.Bearer = answer.GetProperty("token").GetString();
    }

    private Task SignOutAsync() => service.CallAsync(HttpMethod.Delete, "/v1/sessions/current", HttpStatusCode.NoContent);

    private Task LookInVainAsync() => service.CallAsync(HttpMethod.Get, "/v1/account", HttpStatusCode.Unauthorized);
}
