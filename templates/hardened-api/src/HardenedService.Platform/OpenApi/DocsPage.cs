using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Platform.OpenApi;

/// <summary>Swagger UI, for reading: calls go to the public port, which another origin's page may not make.</summary>
internal static class DocsPage
{
    private const string Path = "/docs";

    // What the page is made of, and nothing else: its own scripts, styles and pictures, and the document. Its styles are partly inline.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static bool IsAskedFor(HttpContext context) =>
        ManagementConnection.Carries(context) && context.Request.Path.StartsWithSegments(Path, StringComparison.Ordinal);

    public static void Serve(IApplicationBuilder app)
    {
        app.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            return next(context);
        });
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = Path[1..];
            page.SwaggerEndpoint(OpenApiExtensions.DocumentPath, "v1");
            page.SupportedSubmitMethods([]);
            page.ConfigObject.ValidatorUrl = null;
        });
    }
}
