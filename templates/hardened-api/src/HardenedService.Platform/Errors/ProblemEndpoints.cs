using Microsoft.AspNetCore.Builder;

namespace HardenedService.Platform.Errors;

/// <summary>Says on the route table which problems a call answers with.</summary>
public static class ProblemEndpoints
{
    /// <summary>
    /// The call can answer with these problems, beside those of its guards, which add their own. The OpenAPI document tells clients so.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <param name="problems">Problems of the catalogue.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder Answers<TBuilder>(this TBuilder endpoints, params ReadOnlySpan<ProblemCode> problems)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata([.. problems]);
}
