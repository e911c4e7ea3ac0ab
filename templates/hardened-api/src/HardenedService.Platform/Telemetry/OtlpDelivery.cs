using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Bounds each call to the collector by the time that is left at shutdown, and tells what it did not take: the exporter sends nothing twice.
/// </summary>
internal sealed class OtlpDelivery(Backlog backlog, TelemetryShutdown shutdown, SslClientAuthenticationOptions tls) : DelegatingHandler(new SocketsHttpHandler
{
    ConnectTimeout = ConnectLimit,
    PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    ActivityHeadersPropagator = null,
    SslOptions = tls,
})
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(2);

    /// <summary>Sends what an exporter has by this handler; certificates are those that the standard's variables name.</summary>
    public static void Use(OtlpExporterOptions options, Backlog backlog, TelemetryShutdown shutdown, IConfiguration configuration) =>
        options.HttpClientFactory = () => new HttpClient(new OtlpDelivery(backlog, shutdown, Tls(configuration)))
        {
            Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds),
        };

    // The exporter blocks a thread of its own, and calls this one for HTTP/1.1.
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var items = OtlpItems.CountIn(request);
        var lost = items;

        try
        {
            using var timeout = Begin(cancellationToken);
            var response = base.Send(request, timeout.Token);
            response.Content.LoadIntoBufferAsync(timeout.Token).GetAwaiter().GetResult();
            lost = LostOf(items, response);

            return response;
        }
        finally
        {
            backlog.Left(items, lost);
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var items = OtlpItems.CountIn(request);
        var lost = items;

        try
        {
            using var timeout = Begin(cancellationToken);
            var response = await base.SendAsync(request, timeout.Token);
            await response.Content.LoadIntoBufferAsync(timeout.Token);
            lost = LostOf(items, response);

            return response;
        }
        finally
        {
            backlog.Left(items, lost);
        }
    }

    private static int LostOf(int items, HttpResponseMessage response) =>
        IsTaken(response) ? Math.Min(items, OtlpItems.RejectedIn(response)) : items;

    // gRPC says how it went after the body.
    private static bool IsTaken(HttpResponseMessage response) =>
        response.IsSuccessStatusCode && !IsRefusal(response.Headers) && !IsRefusal(response.TrailingHeaders);

    private static bool IsRefusal(System.Net.Http.Headers.HttpResponseHeaders headers) =>
        headers.TryGetValues("grpc-status", out var status) && status.Any(code => code != "0");

    private static SslClientAuthenticationOptions Tls(IConfiguration configuration)
    {
        var tls = new SslClientAuthenticationOptions();

        if (configuration["OTEL_EXPORTER_OTLP_CERTIFICATE"] is { Length: > 0 } authority)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(authority);
        }

        if (configuration["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"] is { Length: > 0 } certificate)
        {
            tls.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, configuration["OTEL_EXPORTER_OTLP_CLIENT_KEY"])];
        }

        return tls;
    }

    private CancellationTokenSource Begin(CancellationToken cancel)
    {
        shutdown.Over.ThrowIfCancellationRequested();
        backlog.Tried();

        return CancellationTokenSource.CreateLinkedTokenSource(cancel, shutdown.Over);
    }
}

/// <summary>Notes each span on its way into the exporter's queue.</summary>
internal sealed class SpanEntry(Backlog backlog, TelemetryShutdown shutdown) : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        // The others are not exported.
        if (data.Recorded)
        {
            backlog.TryEnter();
        }
    }

    protected override bool OnShutdown(int timeoutMilliseconds)
    {
        shutdown.Begin();

        return true;
    }
}

/// <summary>Notes each log record on its way into the exporter's queue.</summary>
internal sealed class LogEntry(Backlog backlog, TelemetryShutdown shutdown) : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data) => backlog.TryEnter();

    protected override bool OnShutdown(int timeoutMilliseconds)
    {
        shutdown.Begin();

        return true;
    }
}
