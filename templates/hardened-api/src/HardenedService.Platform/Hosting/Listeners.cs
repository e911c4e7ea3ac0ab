using System.Net;
using HardenedService.Platform.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Hosting;

/// <summary>Two listeners, the API's and the management's, kept apart by the connection that a request came in on.</summary>
internal static class Listeners
{
    public static void AddListeners(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<ServiceOptions>>((kestrel, service) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenOn(service.Value.Address, service.Value.Port, _ => { });
            kestrel.ListenOn(service.Value.Address, service.Value.ManagementPort, ManagementConnection.Mark);
        });
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, ManagementPortPolicy>());
    }

    private static void ListenOn(this KestrelServerOptions kestrel, string address, int port, Action<ListenOptions> configure)
    {
        if (address == "*")
        {
            kestrel.ListenAnyIP(port, configure);
        }
        else if (address != "localhost")
        {
            kestrel.Listen(IPAddress.Parse(address), port, configure);
        }
        else if (port == 0)
        {
            // Two loopbacks cannot share a port that the system has yet to choose.
            kestrel.Listen(IPAddress.Loopback, port, configure);
        }
        else
        {
            kestrel.ListenLocalhost(port, configure);
        }
    }
}
