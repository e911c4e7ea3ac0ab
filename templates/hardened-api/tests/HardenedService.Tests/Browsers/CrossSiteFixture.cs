using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;

namespace HardenedService.Tests.Browsers;

/// <summary>An API that trusts one other origin, with an endpoint that counts, and someone signed in by cookie.</summary>
public sealed class CrossSiteFixture(PostgresServer postgres) : IAsyncLifetime
{
    public const string Trusted = "https://app.example.com";

    private int _calls;
    private string? _person;
    private string? _cookie;

    public ApiFixture Api { get; } = new(postgres);

    public ApiHost Host { get; private set; } = null!;

    /// <summary>How often the endpoint of the tests has run.</summary>
    public int Calls => _calls;

    public async ValueTask InitializeAsync()
    {
        await Api.InitializeAsync();
        Host = Api.StartAnother(
            settings: new Dictionary<string, string> { ["Cors:Origins:0"] = Trusted },
            configure: TestEndpoints.Add(test => test.MapMethods("/change", ["POST", "PUT", "PATCH", "DELETE"], () => Interlocked.Increment(ref _calls))));
    }

    public async Task<string> PersonAsync() => _person ??= await Api.NewPersonAsync();

    public async Task<string> CookieAsync() =>
        _cookie ??= (await Api.SignInAsync(await PersonAsync(), transport: "cookie")).Headers.GetValues("Set-Cookie").Single().Split(';')[0];

    public async Task<HttpResponseMessage> CallAsync(
        HttpMethod method, string path, string? cookie, string? site = null, string? origin = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };

        foreach (var (name, value) in new[] { ("Cookie", cookie), ("Sec-Fetch-Site", site), ("Origin", origin) })
        {
            if (value is not null)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await Host.Public.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Host?.Dispose();
        await Api.DisposeAsync();
    }
}
