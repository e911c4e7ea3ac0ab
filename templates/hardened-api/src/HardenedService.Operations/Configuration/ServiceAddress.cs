using System.Net;
using HardenedService.Platform.Configuration;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Configuration;

/// <summary>Where the replica of this machine answers, as its settings say.</summary>
internal static class ServiceAddress
{
    /// <exception cref="UsageException">The settings name no port.</exception>
    public static Uri Public(IConfiguration configuration) => Of(configuration, service => service.Port);

    /// <summary>The address that people use, where the settings say that it is one of HTTPS; else as <see cref="Public"/>.</summary>
    /// <exception cref="UsageException">The settings name no port.</exception>
    public static Uri OfPeople(IConfiguration configuration) =>
        Said(configuration) is { } address && address.Scheme == Uri.UriSchemeHttps ? address : Public(configuration);

    /// <summary>Service:PublicUrl, as the API would read it here; null if it is nowhere.</summary>
    public static Uri? Said(IConfiguration configuration) =>
        Uri.TryCreate(ApiSettings.Read(configuration, environment: null).Configuration["Service:PublicUrl"], UriKind.Absolute, out var address) ? address : null;

    /// <exception cref="UsageException">The settings name no port.</exception>
    public static Uri Management(IConfiguration configuration) => Of(configuration, service => service.ManagementPort);

    private static Uri Of(IConfiguration configuration, Func<ServiceOptions, int> port)
    {
        ServiceOptions service;

        try
        {
            service = configuration.GetSection(ServiceOptions.Section).Get<ServiceOptions>() ?? new();
        }
        catch (InvalidOperationException)
        {
            throw new UsageException("Service:Port or Service:ManagementPort is not a port.");
        }

        var host = service.Address is "*" or "localhost" or "0.0.0.0" or "::" ? IPAddress.Loopback.ToString() : service.Address;

        return new UriBuilder(Uri.UriSchemeHttp, host, port(service)).Uri;
    }
}
