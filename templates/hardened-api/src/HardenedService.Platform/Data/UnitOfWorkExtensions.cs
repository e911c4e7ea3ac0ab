using Microsoft.AspNetCore.Builder;

namespace HardenedService.Platform.Data;

/// <summary>How an endpoint comes by its transaction.</summary>
/// <param name="OpensOwn">True if the handler begins it, false if the group does.</param>
internal sealed record UnitOfWorkMetadata(bool OpensOwn);

/// <summary>Units of work on the route table.</summary>
public static class UnitOfWorkExtensions
{
    /// <summary>
    /// No transaction is open when the handler starts: it hashes a password, receives an upload or calls another system first, and a
    /// transaction must not wait for that. It takes <see cref="UnitOfWork"/> and begins one when it is ready to write. The service refuses
    /// to start with a safe route (GET, HEAD) that does so.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder OpensOwnTransactions<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Finally(endpoint =>
        {
            if (UnitOfWorkFilter.IsSafe(endpoint))
            {
                throw new InvalidOperationException(
                    $"OpensOwnTransactions cannot hold on {endpoint.DisplayName}: it would let a safe method write. Take it off the route, whose reads then share one transaction, or name the unsafe methods that the route answers.");
            }
        });

        return endpoints.WithMetadata(new UnitOfWorkMetadata(OpensOwn: true));
    }

    internal static TBuilder InUnitOfWork<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint => endpoint.FilterFactories.Add((_, next) => UnitOfWorkFilter.Create(endpoint, next)));

        return endpoints.WithMetadata(new UnitOfWorkMetadata(OpensOwn: false));
    }
}
