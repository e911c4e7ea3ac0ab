using System.Reflection;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace HardenedService.Platform.OpenApi;

/// <summary>What the document says of the service as a whole: who it is, where it is, how to authenticate, what a problem looks like.</summary>
internal sealed class ServiceDescription(IOptions<ServiceOptions> service, IHostEnvironment environment) : IOpenApiDocumentTransformer
{
    public const string Bearer = "bearer";
    public const string Cookie = "cookie";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = service.Value.Name,
            Version = Assembly.Load(environment.ApplicationName).GetName().Version?.ToString(fieldCount: 3),
            Description =
                "Bodies are JSON in UTF-8; unknown and duplicate members are refused. Times are UTC (RFC 3339). "
                + "Every error is a problem (RFC 9457): programs compare its `code`, and its `traceId` is what support asks for.",
        };
        document.Servers = [new OpenApiServer { Url = service.Value.PublicUrl!.ToString().TrimEnd('/') }];
        document.AddComponent<IOpenApiSecurityScheme>(Bearer, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "The token of a session that was made with the transport `bearer` (RFC 6750).",
        });
        document.AddComponent<IOpenApiSecurityScheme>(Cookie, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Cookie,
            Name = SessionCookie.Name,
            Description = "The cookie of a session that was made with the transport `cookie`. Unsafe calls must come from the service's own site.",
        });
        document.AddComponent<IOpenApiSchema>(ProblemResponses.Schema, ProblemResponses.Problem());

        return Task.CompletedTask;
    }
}
