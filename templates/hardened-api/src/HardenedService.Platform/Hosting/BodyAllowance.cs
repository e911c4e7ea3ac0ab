using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;

namespace HardenedService.Platform.Hosting;

/// <summary>How large the body of a call may be, and how long it may take.</summary>
internal sealed record BodyAllowance(long? MaxRequestBodySize, TimeSpan Timeout) : IRequestSizeLimitMetadata;

/// <summary>Larger bodies on the route table.</summary>
public static class BodyAllowanceExtensions
{
    /// <summary>The call receives more than others, for longer: instead of <c>RequestLimits:BodyLength</c> and <c>RequestLimits:BodyTimeout</c>.</summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <param name="length">The largest body, in bytes (413).</param>
    /// <param name="timeout">How long it may take to arrive (408).</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AllowBody<TBuilder>(this TBuilder endpoints, long length, TimeSpan timeout)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new BodyAllowance(length, timeout));
}
