using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using HardenedService.Operations.Configuration;
using Microsoft.Extensions.Hosting;

namespace HardenedService.Operations.Readiness.Checks;

/// <param name="authorities">Who may have signed the certificate; null for those that this machine trusts.</param>
/// <param name="plainPort">Where nothing may answer without TLS.</param>
internal sealed partial class PublicAddressTls(X509Certificate2Collection? authorities, int plainPort) : IReadinessCheck
{
    private const string Nowhere = "/v1/nowhere";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LeastLeft = TimeSpan.FromDays(14);
    private static readonly TimeSpan LeastRemembered = TimeSpan.FromDays(180);

    public PublicAddressTls()
        : this(authorities: null, plainPort: 80)
    {
    }

    public Concern Concern { get; } = new("tls-and-public-url", Tier.Must, "People reach the service over TLS, and nothing else")
    {
        Proves = "The address that was asked is Service:PublicUrl and begins with https, this service answers there with a certificate that this machine trusts and that holds for "
            + "14 more days, and tells browsers to come back over HTTPS alone; and without TLS, nothing is served at port 80 of that host.",
        DoesNotProve = "That others trust the certificate too, which ciphers are on offer, what other ports do, or that somebody renews the certificate.",
        How = "Calls an unknown path there, as anybody could: at `--url`, or at Service:PublicUrl. In Development, an address of this machine is not applicable.",
        Mend = "docs/configuration.md",
        IsOfDeployment = true,
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var (address, said) = (context.Service, ServiceAddress.Said(context.Configuration));

        if (address.Scheme == Uri.UriSchemeHttps)
        {
            return await LookAsync(address, said, cancel);
        }

        if (said is null && address.IsLoopback)
        {
            throw new InconclusiveException("Service:PublicUrl is not among the settings that are here: name the address, by --url");
        }

        return said?.IsLoopback == true && address.IsLoopback && ApiSettings.Read(context.Configuration, environment: null).Environment.IsDevelopment()
            ? Finding.NotApplicable($"{address} is this machine's, in Development")
            : Finding.Fail($"{(address.IsLoopback ? $"Service:PublicUrl is {said}" : $"{address} was asked")}, and does not begin with https://");
    }

    private async Task<Finding> LookAsync(Uri address, Uri? said, CancellationToken cancel)
    {
        DateTimeOffset? end = null;
        var doubt = "";
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = Patience,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = authorities is null ? null : Trusting(authorities),
                RemoteCertificateValidationCallback = (_, certificate, chain, faults) =>
                {
                    end = (certificate as X509Certificate2)?.NotAfter.ToUniversalTime();
                    doubt = string.Join(", ", (chain?.ChainStatus ?? []).Select(status => $"{status.Status}").Prepend($"{faults}"));

                    return faults is SslPolicyErrors.None;
                },
            },
        };
        using var client = new HttpClient(handler) { Timeout = Patience };

        try
        {
            using var response = await client.GetAsync(new Uri($"{address.ToString().TrimEnd('/')}{Nowhere}"), cancel);
            var left = end - TimeProvider.System.GetUtcNow();

            return Finding.Of(
                [
                    .. said is not null && said.Authority != address.Authority ? [$"Service:PublicUrl is {said}, and {address} was asked"] : Array.Empty<string>(),
                    .. left < LeastLeft ? [FormattableString.Invariant($"its certificate ends on {end:yyyy-MM-dd}")] : Array.Empty<string>(),
                    .. await FaultsAsync(response, cancel),
                    .. await PlainAsync(client, new UriBuilder(Uri.UriSchemeHttp, address.Host, plainPort).Uri, cancel),
                ],
                FormattableString.Invariant($"{address} answers over TLS, its certificate holds until {end:yyyy-MM-dd}"));
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new InconclusiveException($"{address} has not answered within {Patience.TotalSeconds} seconds");
        }
        catch (HttpRequestException exception) when (exception.InnerException is AuthenticationException refused)
        {
            return Finding.Fail(end is null
                ? $"{address} does not speak TLS that this machine understands: {refused.Message}"
                : FormattableString.Invariant($"this machine does not trust the certificate of {address}, which ends on {end:yyyy-MM-dd}: {doubt}"));
        }
    }

    private static async Task<List<string>> FaultsAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        List<string> faults = [];
        var body = await response.Content.ReadAsStringAsync(cancel);

        // Who answers by itself what it does not know, such as a proxy with no service behind it, is not this service.
        if (response.StatusCode != HttpStatusCode.NotFound || !IsOurs(body))
        {
            faults.Add(FormattableString.Invariant($"somebody else answers there, with {(int)response.StatusCode}"));
        }

        var policy = response.Headers.TryGetValues("Strict-Transport-Security", out var values) ? string.Join(", ", values) : "";

        if (!double.TryParse(MaxAge().Match(policy).Groups["seconds"].Value, CultureInfo.InvariantCulture, out var seconds) || seconds < LeastRemembered.TotalSeconds)
        {
            faults.Add(policy.Length == 0 ? "no Strict-Transport-Security" : $"Strict-Transport-Security is \"{policy}\", for less than {LeastRemembered.TotalDays} days");
        }

        return faults;
    }

    // Who refuses, sends people to https or does not listen there serves nothing.
    private static async Task<List<string>> PlainAsync(HttpClient client, Uri address, CancellationToken cancel)
    {
        try
        {
            using var response = await client.GetAsync(new Uri(address, Nowhere), cancel);
            var isSentOn = (int)response.StatusCode is >= 300 and < 400 && response.Headers.Location?.OriginalString.StartsWith("https://", StringComparison.OrdinalIgnoreCase) == true;
            var isServed = (int)response.StatusCode < 400 || IsOurs(await response.Content.ReadAsStringAsync(cancel));

            return isServed && !isSentOn ? [FormattableString.Invariant($"{address} answers without TLS, with {(int)response.StatusCode}")] : [];
        }
        catch (HttpRequestException)
        {
            return [];
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return [];
        }
    }

    private static bool IsOurs(string body) => body.Contains("\"urn:problem:hardened-service:not_found\"", StringComparison.Ordinal);

    private static X509ChainPolicy Trusting(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);

        return policy;
    }

    [GeneratedRegex(@"max-age=""?(?<seconds>\d{1,12})", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MaxAge();
}
