using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Outbound;

/// <summary>
/// Calls an address that a user gave, such as a webhook or a picture: by https alone, on a few ports, and only where every address that the
/// name has is one of the public internet. That is looked at when connecting, and it connects to the very address that was looked at, so
/// that a name which changes its address meanwhile gains nothing. No redirect, proxy or cookie; size, time and number are capped. No
/// retries and no breaker: what one user's address does must not tell on another's.
/// </summary>
public sealed class SafeHttp : IDisposable
{
    private const string Name = "The address";
    private const int MaxHeadersLength = 16; // KiB

    private readonly SafeHttpOptions _options;
    private readonly ISafeNetwork _network;
    private readonly TimeProvider _clock;
    private readonly ILogger<SafeHttp> _logger;
    private readonly HttpMessageInvoker _http;
    private int _underWay;

    internal SafeHttp(
        IOptions<SafeHttpOptions> options, ISafeNetwork network, SslClientAuthenticationOptions tls, TimeProvider clock, ILogger<SafeHttp> logger)
    {
        _options = options.Value;
        _network = network;
        _clock = clock;
        _logger = logger;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            MaxResponseHeadersLength = MaxHeadersLength,
            SslOptions = tls,
            PlaintextStreamFilter = SentOnce.FilterAsync,
            ConnectCallback = async (context, cancel) => await ConnectAsync(context.DnsEndPoint, cancel),

            // A stranger has no use for our trace ids.
            ActivityHeadersPropagator = null,
        });
    }

    /// <summary>Checks what can be checked without a look at the network, for a form that takes an address.</summary>
    /// <param name="address">The address.</param>
    /// <exception cref="RefusedAddressException">It would not be called.</exception>
    public void Check(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);

        if (!address.IsAbsoluteUri || address.Scheme != Uri.UriSchemeHttps)
        {
            throw new RefusedAddressException("Must be an address that begins with https://.");
        }

        if (address.UserInfo.Length > 0)
        {
            throw new RefusedAddressException("Must not hold a user name or password.");
        }

        RequirePort(address.Port);

        if (IPAddress.TryParse(address.IdnHost, out var literal))
        {
            RequirePublic([literal]);
        }
    }

    /// <summary>Reads an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The answer, its body whole; a redirect is an answer like others.</returns>
    /// <exception cref="RefusedAddressException">The address is not called.</exception>
    /// <exception cref="UpstreamException">There is no answer, or not in time, or too large a one.</exception>
    public async Task<HttpResponseMessage> GetAsync(Uri address, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);

        return await SendAsync(request, cancel);
    }

    /// <summary>Sends a request to an address.</summary>
    /// <param name="request">The request. It is sent once, by HTTP/1.1.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The answer, its body whole; a redirect is an answer like others.</returns>
    /// <exception cref="RefusedAddressException">The address is not called.</exception>
    /// <exception cref="UpstreamException">There is no answer, or not in time, or too large a one.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        Check(request.RequestUri ?? throw new RefusedAddressException("Must be an address."));

        // HTTP/3 would come by QUIC, on which ConnectAsync has no say. What Host says must be what was checked.
        request.Version = HttpVersion.Version11;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.Host = null;

        if (Interlocked.Increment(ref _underWay) > _options.MaxConcurrency)
        {
            Interlocked.Decrement(ref _underWay);
            throw UpstreamFailures.TooMany(Name);
        }

        using var timeout = new CancellationTokenSource(_options.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);

        try
        {
            return await ReadAsync(request, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw UpstreamFailures.TimedOut(Name);
        }
        catch (HttpRequestException exception) when (exception.InnerException is RefusedAddressException refused)
        {
            throw new RefusedAddressException(refused.Message);
        }
        catch (Exception exception) when (UpstreamFailures.IsTransport(exception))
        {
            throw UpstreamFailures.OfTransport(Name, exception);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> ReadAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        var response = await _http.SendAsync(request, cancel);

        try
        {
            if (request.Method != HttpMethod.Head)
            {
                await response.Content.LoadIntoBufferAsync(_options.MaxResponseSize, cancel);
            }

            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<Stream> ConnectAsync(DnsEndPoint host, CancellationToken cancel)
    {
        RequirePort(host.Port);
        var addresses = IPAddress.TryParse(host.Host, out var literal) ? [literal] : await _network.ResolveAsync(host.Host, cancel);
        RequirePublic(addresses);

        for (var i = 0; ; i++)
        {
            try
            {
                return await _network.ConnectAsync(new IPEndPoint(addresses[i], host.Port), cancel);
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                // The next one, then.
            }
        }
    }

    private void RequirePort(int port)
    {
        if (port != 443 && !_options.Ports.Contains(port))
        {
            throw new RefusedAddressException("Must not name this port.");
        }
    }

    // Of a name with both kinds of addresses, none is called: it is up to no good.
    private void RequirePublic(IPAddress[] addresses)
    {
        if (addresses.Length == 0 || !Array.TrueForAll(addresses, PublicAddresses.Contains))
        {
            _logger.AddressRefused();
            throw new RefusedAddressException("Must lead to the public internet.");
        }
    }
}
