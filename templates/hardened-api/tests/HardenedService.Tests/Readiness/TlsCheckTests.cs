using System.Net;
using System.Security.Cryptography.X509Certificates;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Readiness;

/// <summary>What stands at the public address, as the world sees it.</summary>
public sealed class TlsCheckTests(Certificates certificates) : IClassFixture<Certificates>
{
    private const string Hsts = "max-age=31536000; includeSubDomains";
    private const string Ours = """{"type":"urn:problem:hardened-service:not_found"}""";
    private const int Days = 24;

    // A port on which nobody listens.
    private const int Nobody = 1;

    private static readonly (string Key, string? Value) Development = ("ASPNETCORE_ENVIRONMENT", "Development");

    [Theory]
    [InlineData(30, Hsts, Ours, "Pass", "answers over TLS")]
    [InlineData(13, Hsts, Ours, "Fail", "its certificate ends on")]
    [InlineData(30, "", Ours, "Fail", "no Strict-Transport-Security")]
    [InlineData(30, "max-age=300", Ours, "Fail", "\"max-age=300\", for less than 180 days")]
    [InlineData(30, Hsts, "welcome", "Fail", "somebody else answers there, with 404")]
    [InlineData(0, Hsts, Ours, "Fail", "NotTimeValid")]
    public async Task It_is_looked_at(int days, string hsts, string body, string status, string words)
    {
        using var authority = certificates.Authority("authority", days: 60);
        await using var server = await StartAsync(authority, (days * Days) - 1, hsts, body);

        (await new PublicAddressTls([authority], Nobody).LookAsync(("Service:PublicUrl", server.Urls.Single()))).Is(Enum.Parse<CheckStatus>(status), words);
    }

    [Theory]
    [InlineData(200, "", "welcome", "Fail", "answers without TLS, with 200")]
    [InlineData(404, "", Ours, "Fail", "answers without TLS, with 404")]
    [InlineData(302, "http://service.example/", "", "Fail", "answers without TLS, with 302")]
    [InlineData(308, "https://service.example/", "", "Pass", "answers over TLS")]
    [InlineData(403, "", """{"type":"urn:problem:hardened-service:https_required"}""", "Pass", "answers over TLS")]
    [InlineData(404, "", "nothing here", "Pass", "answers over TLS")]
    public async Task Without_tls_nothing_may_be_served(int code, string location, string body, string status, string words)
    {
        using var authority = certificates.Authority("plain", days: 60);
        await using var server = await StartAsync(authority, 30 * Days, Hsts, Ours);
        await using var plain = await AnsweringServer.StartAsync(code, body, location);

        (await new PublicAddressTls([authority], plain.Address.Port).LookAsync(("Service:PublicUrl", server.Urls.Single()))).Is(Enum.Parse<CheckStatus>(status), words);
    }

    [Fact]
    public async Task What_is_judged_is_the_address_that_was_asked()
    {
        using var authority = certificates.Authority("asked", days: 60);
        await using var server = await StartAsync(authority, 30 * Days, Hsts, Ours);

        (await LookAsync(server.Urls.Single(), ("Service:PublicUrl", "https://service.example"))).Is(CheckStatus.Fail, "Service:PublicUrl is https://service.example/, and https://127.0.0.1");
        (await LookAsync(server.Urls.Single(), ("Service:PublicUrl", "http://localhost:5080"), Development)).Is(CheckStatus.Fail, "Service:PublicUrl is http://localhost:5080/");
        (await LookAsync(server.Urls.Single())).Is(CheckStatus.Pass, "answers over TLS");
        (await LookAsync("http://service.example", ("Service:PublicUrl", "http://localhost:5080"), Development)).Is(CheckStatus.Fail, "http://service.example/ was asked, and does not begin with https://");

        async Task<Finding> LookAsync(string asked, params (string Key, string? Value)[] settings)
        {
            using var context = new ReadinessContext(
                new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))).Build(), new(), repository: null, new(asked), management: null);

            return await new PublicAddressTls([authority], Nobody).RunAsync(context, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_certificate_that_this_machine_does_not_trust_is_found()
    {
        using var authority = certificates.Authority("unknown", days: 60);
        await using var server = await StartAsync(authority, 30 * Days, Hsts, Ours);

        (await new PublicAddressTls().LookAsync(("Service:PublicUrl", server.Urls.Single()))).Is(CheckStatus.Fail, "this machine does not trust the certificate");
    }

    [Fact]
    public async Task Another_scheme_will_not_do_but_on_this_machine_in_development()
    {
        (await new PublicAddressTls().LookAsync(("Service:PublicUrl", "http://service.example"))).Is(CheckStatus.Fail, "does not begin with https://");
        (await new PublicAddressTls().LookAsync(("Service:PublicUrl", "http://localhost:5080"))).Is(CheckStatus.Fail, "does not begin with https://");
        (await new PublicAddressTls().LookAsync(("Service:PublicUrl", "http://localhost:5080"), Development)).Is(CheckStatus.NotApplicable, "this machine's, in Development");
        (await new PublicAddressTls().LookAsync(("Service:PublicUrl", "http://service.example"), Development)).Is(CheckStatus.Fail, "does not begin with https://");
        (await new PublicAddressTls().LookAsync(("Service:PublicUrl", null))).Is(CheckStatus.Error, "is not among the settings");
        (await new PublicAddressTls().LookAsync(("Service:PublicUrl", "https://127.0.0.1:1"))).Is(CheckStatus.Error, "");
    }

    private static async Task<WebApplication> StartAsync(X509Certificate2 authority, int hours, string hsts, string body)
    {
        var (certificate, key) = Certificates.Server(authority, hours);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener => listener.UseHttps(X509Certificate2.CreateFromPem(certificate, key))));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var server = builder.Build();
        server.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;

            if (hsts.Length > 0)
            {
                context.Response.Headers.StrictTransportSecurity = hsts;
            }

            return context.Response.WriteAsync(body);
        });
        await server.StartAsync(TestContext.Current.CancellationToken);

        return server;
    }
}
