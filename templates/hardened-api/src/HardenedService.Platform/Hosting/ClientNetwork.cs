using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Platform.Hosting;

/// <summary>Where a request comes from, in the form in which addresses are compared and stored.</summary>
public static class ClientNetwork
{
    private const int HostPart = 8;

    /// <summary>The client's address as the trusted proxies tell it; an IPv4 address is one, also on a listener for both protocols.</summary>
    /// <param name="connection">The request's connection.</param>
    /// <returns>The address, or null if the connection has none.</returns>
    public static IPAddress? Address(this ConnectionInfo connection)
    {
        ArgumentNullException.ThrowIfNull(connection);

        return connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : connection.RemoteIpAddress;
    }

    /// <summary>What one client can be told apart by: an IPv4 address, or an IPv6 /64, whose lower half is the client's to choose.</summary>
    /// <param name="connection">The request's connection.</param>
    /// <returns>The network; that of address 0.0.0.0 if the connection has none.</returns>
    public static IPNetwork Network(this ConnectionInfo connection) => connection.Address() switch
    {
        null => new IPNetwork(IPAddress.Any, 32),
        { AddressFamily: AddressFamily.InterNetworkV6 } address =>
            new IPNetwork(new IPAddress([.. address.GetAddressBytes().AsSpan(0, HostPart), .. new byte[HostPart]]), 64),
        var address => new IPNetwork(address, 32),
    };
}
