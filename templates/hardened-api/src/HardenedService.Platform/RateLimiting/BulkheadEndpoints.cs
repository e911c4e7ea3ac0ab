using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.RateLimiting;

/// <summary>Bulkheads on the route table.</summary>
public static class BulkheadEndpoints
{
    /// <summary>
    /// The call does work behind a bulkhead. In a flood it is refused with 503 before its handler starts, so that it takes no connection of
    /// those that other calls need.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <param name="bulkhead">The key that the <see cref="Bulkhead"/> is registered under.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder RequireRoom<TBuilder>(this TBuilder endpoints, string bulkhead)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints
            .AddEndpointFilter(async (context, next) =>
            {
                using var place = context.HttpContext.RequestServices.GetRequiredKeyedService<Bulkhead>(bulkhead).Admit();

                return await next(context);
            })
            .Answers(Problems.Unavailable);
}
