using Microsoft.AspNetCore.Builder;

namespace HardenedService.Platform.OpenApi;

/// <summary>A header that a guard asks for.</summary>
/// <param name="Name">The header's name.</param>
/// <param name="Description">What it holds, for clients.</param>
/// <param name="Pattern">A regular expression that its value matches.</param>
/// <param name="Example">A value that is acceptable.</param>
internal sealed record RequestHeader(string Name, string Description, string Pattern, string Example);

/// <summary>Lets a guard say which header it asks for. What a handler binds by itself is documented without it.</summary>
internal static class RequestHeaderEndpoints
{
    public static TBuilder NeedsHeader<TBuilder>(this TBuilder endpoints, string name, string description, string pattern, string example)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new RequestHeader(name, description, pattern, example));
}
