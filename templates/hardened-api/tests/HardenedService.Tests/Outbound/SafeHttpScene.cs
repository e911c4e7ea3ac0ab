using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardenedService.Tests.Outbound;

/// <summary>An internet in which names have the addresses that a test gives them, and the faulty server stands behind each of those.</summary>
internal sealed class SafeHttpScene : IAsyncDisposable
{
    /// <summary>The name that the server can prove.</summary>
    public const string Host = "hooks.example";

    public const string PublicAddress = "93.184.215.14";

    private readonly X509Certificate2 _certificate = NewCertificate();
    private readonly LoggerFactory _loggers = new();

    public SafeHttpScene()
    {
        Server = FaultyServer.Start(_certificate);
        Network = new PlantedNetwork(Server.EndPoint);
        _loggers.AddProvider(Log);
    }

    public FaultyServer Server { get; }

    public PlantedNetwork Network { get; }

    public LogRecorder Log { get; } = new();

    public MovableClock Clock { get; } = new();

    public SafeHttp New(SafeHttpOptions? options = null) => new(
        Options.Create(options ?? new SafeHttpOptions()),
        Network,
        new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { _certificate },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
        Clock,
        _loggers.CreateLogger<SafeHttp>());

    public async ValueTask DisposeAsync()
    {
        _loggers.Dispose();
        await Server.DisposeAsync();
        _certificate.Dispose();
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = Certificates.Key(Host);
        var request = new CertificateRequest($"CN={Host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        request.CertificateExtensions.Add(names.Build());

        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>Tells what was asked of it.</summary>
    public sealed class PlantedNetwork(IPEndPoint server) : ISafeNetwork
    {
        private readonly SafeNetwork _real = new();

        public Func<string[]> Answers { get; set; } = () => [PublicAddress];

        public ConcurrentQueue<string> Resolved { get; } = new();

        public ConcurrentQueue<string> Connected { get; } = new();

        public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel)
        {
            Resolved.Enqueue(host);

            return Task.FromResult(Array.ConvertAll(Answers(), IPAddress.Parse));
        }

        public Task<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancel)
        {
            Connected.Enqueue($"{address}");

            return _real.ConnectAsync(server, cancel);
        }
    }
}
