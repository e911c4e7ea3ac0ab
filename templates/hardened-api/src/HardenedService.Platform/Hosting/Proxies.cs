using System.ComponentModel.DataAnnotations;
using System.Net;
using HardenedService.Platform.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace HardenedService.Platform.Hosting;

/// <summary>Which proxies stand between the clients and this service, and are believed. Section <c>Proxies</c>.</summary>
public sealed record ProxyOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Proxies";

    /// <summary>
    /// Whether <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are read, if a proxy below sent them. <c>X-Forwarded-Host</c> never is.
    /// Default: false.
    /// </summary>
    public bool Enabled { get; init; }

    /// <summary>IP addresses of proxies. Default: none.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Networks that hold nothing but proxies, as CIDR such as <c>10.0.1.0/24</c>. Default: none.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    /// <summary>How many proxies a request passes through, each one of the above. Default: 1.</summary>
    [Range(1, 10)]
    public int Hops { get; init; } = 1;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Enabled && Addresses.Count + Networks.Count == 0)
        {
            yield return new ValidationResult("Proxies are enabled, but none is named in Addresses or Networks.", [nameof(Enabled)]);
        }

        if (!Addresses.All(address => IPAddress.TryParse(address, out _)))
        {
            yield return new ValidationResult("Addresses are IP addresses.", [nameof(Addresses)]);
        }

        if (!Networks.All(network => IPNetwork.TryParse(network, out var parsed) && parsed.PrefixLength > 0))
        {
            yield return new ValidationResult("Networks are written as 10.0.1.0/24, and none is the whole Internet.", [nameof(Networks)]);
        }
    }
}

/// <summary>Learns the client's address and scheme from trusted proxies. From anybody else, the headers are only text.</summary>
internal static class Proxies
{
    public static void AddProxies(this WebApplicationBuilder builder)
    {
        builder.AddOptions<ProxyOptions>(ProxyOptions.Section);
        builder.Services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ProxyOptions>>((forwarded, proxies) => Trust(forwarded, proxies.Value));
    }

    private static void Trust(ForwardedHeadersOptions forwarded, ProxyOptions proxies)
    {
        forwarded.ForwardedHeaders = proxies.Enabled ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto : ForwardedHeaders.None;
        forwarded.ForwardLimit = proxies.Hops;

        // The framework trusts loopback by itself.
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();

        foreach (var address in proxies.Addresses)
        {
            forwarded.KnownProxies.Add(IPAddress.Parse(address));
        }

        foreach (var network in proxies.Networks)
        {
            forwarded.KnownIPNetworks.Add(IPNetwork.Parse(network));
        }
    }
}
