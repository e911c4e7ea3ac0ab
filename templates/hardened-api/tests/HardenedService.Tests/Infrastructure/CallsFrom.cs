using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Calls from networks of the test's choice, to hosts that believe their proxy (<see cref="ApiHost.DefaultLimits"/>).</summary>
internal static class CallsFrom
{
    private static int _networks;

    /// <summary>An address that no other test calls from.</summary>
    public static string NewNetwork()
    {
        var number = Interlocked.Increment(ref _networks);

        return $"198.18.{number / 250}.{(number % 250) + 1}";
    }

    public static Task<HttpResponseMessage> SignInAsync(this ApiHost host, string email, string password, string from) =>
        host.PostAsync("/v1/sessions", new { email, password, transport = "bearer" }, from);

    public static Task<HttpResponseMessage> RegisterAsync(this ApiHost host, string email, string from) =>
        host.PostAsync("/v1/accounts", new { email, password = People.Password }, from);

    public static async Task<HttpResponseMessage> PostAsync(this ApiHost host, string path, object body, string from, string? bearer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body), Headers = { { "X-Forwarded-For", from } } };
        request.Headers.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);

        return await host.Public.SendAsync(request);
    }
}
