using HardenedService.Api.Identity;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Infrastructure;

/// <summary>The API as it is, on real sockets and free ports.</summary>
public sealed class ApiHost : IDisposable
{
    private readonly Factory _factory;

    private ApiHost(Factory factory)
    {
        _factory = factory;
        var addresses = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        Public = Client(addresses[0]);
        Management = Client(addresses[1]);
    }

    public IServiceProvider Services => _factory.Services;

    /// <summary>Talks to the port that the world sees. Keeps no cookies.</summary>
    public HttpClient Public { get; }

    /// <summary>Talks to the port of health and diagnostics.</summary>
    public HttpClient Management { get; }

    /// <summary>Starts the API.</summary>
    /// <param name="database">Its database.</param>
    /// <param name="smtpPort">Where its mails go; by default to a port where nobody listens.</param>
    /// <param name="settings">Further configuration, which wins.</param>
    /// <param name="configure">Changes what is registered.</param>
    public static ApiHost Start(
        string database, int smtpPort = 1, IReadOnlyDictionary<string, string>? settings = null, Action<IWebHostBuilder>? configure = null)
    {
        var factory = new Factory(host =>
        {
            host.UseEnvironment("Development");
            host.UseSetting("Service:Address", "127.0.0.1");
            host.UseSetting("Service:Port", "0");
            host.UseSetting("Service:ManagementPort", "0");
            host.UseSetting("Service:PublicUrl", "https://service.example");
            host.UseSetting("Database:ConnectionString", database);
            host.UseSetting("Mail:Host", "127.0.0.1");
            host.UseSetting("Mail:Port", $"{smtpPort}");
            host.UseSetting("Mail:Security", "None");
            host.UseSetting("Mail:From", "no-reply@service.example");
            host.UseSetting("Outbox:PollInterval", "00:00:00.050");
            host.UseSetting("Shutdown:DrainDelay", "00:00:00");

            foreach (var (key, value) in settings ?? new Dictionary<string, string>())
            {
                host.UseSetting(key, value);
            }

            // Hashes at full cost would take most of a run's time; PasswordCostTests looks at the real cost.
            host.ConfigureTestServices(services => services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = 1000));
            configure?.Invoke(host);
        });
        factory.UseKestrel();
        factory.StartServer();

        return new ApiHost(factory);
    }

    public void Dispose()
    {
        Public.Dispose();
        Management.Dispose();
        _factory.Dispose();
    }

    private static HttpClient Client(string address) => new(new SocketsHttpHandler { UseCookies = false, UseProxy = false, AllowAutoRedirect = false })
    {
        BaseAddress = new Uri(address),
    };

    private sealed class Factory(Action<IWebHostBuilder> configure) : WebApplicationFactory<RegisterRequest>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => configure(builder);
    }
}
