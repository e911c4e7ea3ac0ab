using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace HardenedService.Tests.Infrastructure;

/// <summary>What people do, over HTTP and by mail, as the tests' vocabulary.</summary>
internal static class People
{
    public const string Password = "correct horse battery staple";

    public static string NewAddress() => $"{Guid.NewGuid():N}@example.org";

    public static Task<HttpResponseMessage> RegisterAsync(this ApiFixture api, string email, string password = Password) =>
        api.Client.PostAsJsonAsync("/v1/accounts", new { email, password });

    public static Task<HttpResponseMessage> ConfirmAsync(this ApiFixture api, string? token, string password = Password) =>
        api.Client.PostAsJsonAsync("/v1/accounts/confirm", new { token, password });

    public static Task<HttpResponseMessage> SignInAsync(
        this ApiFixture api, string email, string password = Password, string transport = "bearer") =>
        api.SendAsync(HttpMethod.Post, "/v1/sessions", content: JsonContent.Create(new { email, password, transport }));

    /// <summary>Someone with a confirmed account.</summary>
    public static async Task<string> NewPersonAsync(this ApiFixture api)
    {
        var email = NewAddress();
        Assert.Equal(HttpStatusCode.Accepted, (await api.RegisterAsync(email)).StatusCode);
        var mail = await api.MailAsync(email);
        Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmAsync(mail.Token)).StatusCode);

        return email;
    }

    /// <summary>The bearer token of a new session.</summary>
    public static async Task<string> NewSessionAsync(this ApiFixture api, string email)
    {
        var response = await api.SignInAsync(email);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);

        return (await response.JsonAsync()).GetProperty("token").GetString()!;
    }

    /// <summary>Sends what a page of ours would send.</summary>
    public static async Task<HttpResponseMessage> SendAsync(
        this ApiFixture api, HttpMethod method, string path, string? bearer = null, string? cookie = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content, Headers = { { "Sec-Fetch-Site", "same-origin" } } };

        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        return await api.Client.SendAsync(request);
    }

    public static Task<JsonElement> JsonAsync(this HttpResponseMessage response) => response.Content.ReadFromJsonAsync<JsonElement>();
}
