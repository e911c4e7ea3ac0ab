using Microsoft.AspNetCore.Builder;
using Microsoft.OpenApi;

namespace HardenedService.Platform.OpenApi;

/// <summary>A header that belongs to the contract of a call.</summary>
/// <param name="Status">The status of the answers that carry it; null for all.</param>
/// <param name="Name">The header's name.</param>
/// <param name="Description">What it holds and when it is there, for clients.</param>
internal sealed record ResponseHeader(int? Status, string Name, string Description)
{
    public OpenApiHeader Document() => new() { Description = Description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
}

/// <summary>Says on the route table which headers clients can rely on.</summary>
public static class ResponseHeaderEndpoints
{
    /// <summary>
    /// Answers of this status can carry this header. <c>Location</c> on a 201, and what comes with a problem, is documented without it.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <param name="status">The status.</param>
    /// <param name="name">The header's name.</param>
    /// <param name="description">What it holds and when it is there, for clients.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder SendsHeader<TBuilder>(this TBuilder endpoints, int status, string name, string description)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new ResponseHeader(status, name, description));

    /// <summary>Answers of any status can carry this header.</summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <param name="name">The header's name.</param>
    /// <param name="description">What it holds and when it is there, for clients.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder SendsHeader<TBuilder>(this TBuilder endpoints, string name, string description)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new ResponseHeader(null, name, description));
}
