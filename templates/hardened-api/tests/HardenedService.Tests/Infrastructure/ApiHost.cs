using System.Globalization;
//#if (documents)
using HardenedService.Api.Documents;
//#endif
using HardenedService.Api.Identity;
using HardenedService.Api.Organizations;
using HardenedService.Platform;
using HardenedService.Platform.Data;
using HardenedService.Platform.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Infrastructure;

/// <summary>The API as it is, on real sockets and free ports.</summary>
public sealed class ApiHost : IDisposable
{
    /// <summary>What every host of the tests is given, database and mail server apart.</summary>
    public static readonly IReadOnlyDictionary<string, string> Settings = new Dictionary<string, string>(FeatureSample.All.SelectMany(feature => feature.Settings))
    {
        ["Service:Address"] = "127.0.0.1",
        ["Service:Port"] = "0",
        ["Service:ManagementPort"] = "0",
        ["Service:PublicUrl"] = "https://service.example",

        // A loaded machine is no fault of the database.
        ["Database:ConnectTimeout"] = "00:00:30",
        ["Database:CommandTimeout"] = "00:00:30",
        ["Health:CheckTimeout"] = "00:00:30",
        ["Mail:Host"] = "127.0.0.1",
        ["Mail:Security"] = "None",
        ["Mail:From"] = "no-reply@service.example",
        ["Outbox:PollInterval"] = "00:00:00.050",

        // A mail for each request. MailBurstTests looks at the default.
        ["Outbox:ReplaceableFor"] = "00:00:00",
        ["Shutdown:DrainDelay"] = "00:00:00",

        // The tests are one busy client. RateLimitTests looks at limits.
        ["RateLimits:PerAddress:Burst"] = "1000000",
        ["RateLimits:PerUser:Burst"] = "1000000",
        ["RateLimits:Policies:password:Burst"] = "1000000",
        ["RateLimits:Policies:password:PerMinute"] = "1000000",
        ["RateLimits:Policies:export:Burst"] = "1000000",
        ["RateLimits:Policies:export:PerMinute"] = "1000000",
        ["RateLimits:Policies:passkey:Burst"] = "1000000",
        ["RateLimits:Policies:passkey:PerMinute"] = "1000000",

        // Nor do they wait for one another's passwords. SignInLimitTests and BulkheadTests look at these.
        ["AccountLimits:SignInsPerNetwork:Attempts"] = "1000000",
        ["AccountLimits:SignInsPerAccount:Attempts"] = "1000000",
        ["AccountLimits:RegistrationsPerNetwork:Attempts"] = "1000000",
        ["AccountLimits:MailsPerAddress:Attempts"] = "1000000",
        ["AccountLimits:MailsPerNetwork:Attempts"] = "1000000",
        ["AccountLimits:SecondFactorsPerAccount:Attempts"] = "1000000",
        ["Invitations:PerAddress:Attempts"] = "1000000",
        ["Invitations:PerOrganization:Attempts"] = "1000000",
        ["PasswordHashing:Queue"] = "10000",
        ["PasswordHashing:Patience"] = "00:01:00",
    };

    /// <summary>The limits of accounts as they are by default, for tests of what they are for, behind a proxy that tells where calls come from.</summary>
    internal static readonly IReadOnlyDictionary<string, string> DefaultLimits = new Dictionary<string, string>
    {
        ["Proxies:Enabled"] = "true",
        ["Proxies:Addresses:0"] = "127.0.0.1",
        ["AccountLimits:SignInsPerNetwork:Attempts"] = $"{new AccountLimitOptions().SignInsPerNetwork.Attempts}",
        ["AccountLimits:SignInsPerAccount:Attempts"] = $"{new AccountLimitOptions().SignInsPerAccount.Attempts}",
        ["AccountLimits:RegistrationsPerNetwork:Attempts"] = $"{new AccountLimitOptions().RegistrationsPerNetwork.Attempts}",
        ["AccountLimits:MailsPerNetwork:Attempts"] = $"{new AccountLimitOptions().MailsPerNetwork.Attempts}",
        ["AccountLimits:MailsPerAddress:Attempts"] = $"{new AccountLimitOptions().MailsPerAddress.Attempts}",
        ["AccountLimits:SecondFactorsPerAccount:Attempts"] = $"{new AccountLimitOptions().SecondFactorsPerAccount.Attempts}",
    };

    /// <summary>The database's timeouts as they are by default, for tests of what they are for.</summary>
    internal static readonly IReadOnlyDictionary<string, string> DefaultTimeouts = new Dictionary<string, string>
    {
        ["Database:ConnectTimeout"] = new DatabaseOptions().ConnectTimeout.ToString("c", CultureInfo.InvariantCulture),
        ["Database:CommandTimeout"] = new DatabaseOptions().CommandTimeout.ToString("c", CultureInfo.InvariantCulture),
        ["Health:CheckTimeout"] = new HealthOptions().CheckTimeout.ToString("c", CultureInfo.InvariantCulture),
    };

    /// <summary>For tests that never get as far as a database.</summary>
    public const string NoDatabase = "Host=127.0.0.1;Port=1;Database=none;Username=none;Password=none";

    private const int MostAttempts = 10;

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
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new ApiHost(StartFactory(database, smtpPort, settings, configure));
            }
            catch (ObjectDisposedException) when (attempt < MostAttempts)
            {
                // An API that refuses to start may be gone before the factory looks at it: then it cannot tell why, and is asked again.
            }
        }
    }

    private static Factory StartFactory(string database, int smtpPort, IReadOnlyDictionary<string, string>? settings, Action<IWebHostBuilder>? configure)
    {
        var factory = new Factory(host =>
        {
            host.UseEnvironment("Development");
            host.UseSetting("Database:ConnectionString", database);
            host.UseSetting("Mail:Port", $"{smtpPort}");

            foreach (var (key, value) in Settings.Concat(settings ?? new Dictionary<string, string>()))
            {
                host.UseSetting(key, value);
            }

            // Hashes at full cost would take most of a run's time; PasswordCostTests looks at the real cost.
            host.ConfigureTestServices(services => services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = 1000));
            configure?.Invoke(host);
        });
        factory.UseKestrel();
        factory.StartServer();

        return factory;
    }

    /// <summary>The platform as the API has it, built and not started, in Development with one setting changed.</summary>
    public static WebApplication Build(string key, string value) => Prepare("Development", (key, value)).Build();

    /// <summary>The platform as the API has it, before it is built. The last value of a setting counts; null takes it away.</summary>
    public static WebApplicationBuilder Prepare(string environment, params (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(RegisterRequest).Assembly.GetName().Name,
            EnvironmentName = environment,
        });
        var values = new Dictionary<string, string?>(Settings!, StringComparer.OrdinalIgnoreCase) { ["Database:ConnectionString"] = "Host=127.0.0.1;Port=1" };

        foreach (var (key, value) in settings)
        {
            values[key] = value;
        }

        builder.Configuration.AddInMemoryCollection(values.Where(setting => setting.Value is not null));
        builder.AddPlatform();
        builder.AddIdentity();
        builder.AddOrganizations();
        //#if (documents)
        builder.AddDocuments();
        //#endif

        return builder;
    }

    public void Dispose()
    {
        Public.Dispose();
        Management.Dispose();
        _factory.Dispose();
    }

    private static HttpClient Client(string address)
    {
        var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            UseProxy = false,
            AllowAutoRedirect = false,

            // The tests are strangers: they bring no trace along unless they say so.
            ActivityHeadersPropagator = null,

            // A busy machine answers late, and a body that is sent unasked could be cut off.
            Expect100ContinueTimeout = TimeSpan.FromMinutes(1),
        };

        return new HttpClient(handler) { BaseAddress = new Uri(address) };
    }

    private sealed class Factory(Action<IWebHostBuilder> configure) : WebApplicationFactory<RegisterRequest>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => configure(builder);
    }
}
