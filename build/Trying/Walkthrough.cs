using System.Net;

namespace HardenedStarter.Build.Trying;

/// <summary>What a person does on the first day: sign up, confirm by mail, sign in, look, sign out.</summary>
internal sealed class Walkthrough(ServiceClient service, Steps steps)
{
    private const string Email = "ada@example.com";
    private const string Password = "correct horse battery staple";

    private string _mailed = "";

    public async Task RunAsync()
    {
        await steps.RunAsync("POST /v1/accounts", SignUpAsync);
        await steps.RunAsync("Fetched the mail with the confirmation link", async () => _mailed = await service.FetchMailedTokenAsync(Email));
        await steps.RunAsync("POST /v1/accounts/confirm", ConfirmAsync);
        await steps.RunAsync("POST /v1/sessions", SignInAsync);
        await steps.RunAsync($"GET /v1/account says {Email}", LookAsync);
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

    private Task SignOutAsync() => service.CallAsync(HttpMethod.Delete, "/v1/sessions/current", HttpStatusCode.NoContent);

    private Task LookInVainAsync() => service.CallAsync(HttpMethod.Get, "/v1/account", HttpStatusCode.Unauthorized);
}
