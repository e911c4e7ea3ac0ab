using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HardenedService.Tests.Infrastructure;

/// <summary>A ceremony that has begun.</summary>
internal sealed record Begun(string Ticket, JsonElement Options);

/// <summary>What people do with passkeys.</summary>
internal static class Passkeys
{
    public const string Path = "/v1/account/passkeys";
    public const string SignInPath = "/v1/sessions/passkey";

    public static async Task<Begun> BeginPasskeyAsync(this ApiFixture api, string bearer) =>
        await BegunAsync(await api.SendAsync(HttpMethod.Post, $"{Path}/options", bearer));

    public static async Task<Begun> BeginPasskeySignInAsync(this ApiFixture api) =>
        await BegunAsync(await api.SendAsync(HttpMethod.Post, $"{SignInPath}/options"));

    public static Task<HttpResponseMessage> AddPasskeyAsync(
        this ApiFixture api, string bearer, string ticket, JsonNode? credential, string? name = null) =>
        api.SendAsync(HttpMethod.Post, Path, bearer, content: JsonContent.Create(new { ticket, credential, name }));

    public static Task<HttpResponseMessage> SignInWithPasskeyAsync(
        this ApiFixture api, string ticket, JsonNode? credential, string transport = "bearer") =>
        api.SendAsync(HttpMethod.Post, SignInPath, content: JsonContent.Create(new { ticket, credential, transport }));

    /// <summary>A whole ceremony, by default a truthful one.</summary>
    public static async Task<HttpResponseMessage> SignInWithPasskeyAsync(this ApiFixture api, Authenticator authenticator, Statement? statement = null)
    {
        var begun = await api.BeginPasskeySignInAsync();

        return await api.SignInWithPasskeyAsync(begun.Ticket, authenticator.Get(begun.Options, statement));
    }

    /// <summary>Adds a passkey, and returns its id.</summary>
    public static async Task<Guid> NewPasskeyAsync(this ApiFixture api, string bearer, Authenticator authenticator, string? name = null)
    {
        var begun = await api.BeginPasskeyAsync(bearer);
        var answer = await api.AddPasskeyAsync(bearer, begun.Ticket, authenticator.Create(begun.Options), name);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());

        return (await answer.JsonAsync()).GetProperty("id").GetGuid();
    }

    /// <summary>Someone with a passkey, and the session that it was added in.</summary>
    public static async Task<(string Email, string Bearer, Guid Passkey)> NewPersonWithPasskeyAsync(this ApiFixture api, Authenticator authenticator)
    {
        var email = await api.NewPersonAsync();
        var bearer = await api.NewSessionAsync(email);

        return (email, bearer, await api.NewPasskeyAsync(bearer, authenticator));
    }

    private static async Task<Begun> BegunAsync(HttpResponseMessage answer)
    {
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var body = await answer.JsonAsync();

        return new(body.GetProperty("ticket").GetString()!, body.GetProperty("options"));
    }
}
