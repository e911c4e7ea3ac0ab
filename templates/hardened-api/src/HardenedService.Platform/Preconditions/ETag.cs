using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Platform.Preconditions;

/// <summary>Entity tags (RFC 9110, section 8.8.3), made from a row's version: strong, since any change is a new version.</summary>
public static class ETag
{
    /// <summary>The tag of a version, such as <c>"7"</c>, quotes included.</summary>
    /// <param name="version">The row's version.</param>
    /// <returns>The tag.</returns>
    public static string Of(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Says which version the answer shows. The client names it in If-Match when it changes what it saw.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="version">The row's version.</param>
    public static void Set(HttpResponse response, long version)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.Headers.ETag = Of(version);
    }
}
