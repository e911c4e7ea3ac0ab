using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HardenedService.Platform.OpenApi;

/// <summary>The OpenAPI document, and in Development a page that shows it, on the management port alone.</summary>
internal static class OpenApiExtensions
{
    public const string DocumentPath = "/openapi/v1.json";

    private const string Document = "v1";

    public static void AddOpenApiDocument(this WebApplicationBuilder builder) =>
        builder.Services.Configure<OpenApiOptions>(Document, openApi =>
        {
            openApi.AddSchemaTransformer<SchemaRules>();
            openApi.AddOperationTransformer<OperationContract>();
            openApi.AddDocumentTransformer<ServiceDescription>();
        });

    /// <summary>Before routing: the page's files are no endpoints.</summary>
    public static void UseDocsPage(this WebApplication app)
    {
        if (app.Environment.IsDevelopment())
        {
            app.UseWhen(DocsPage.IsAskedFor, DocsPage.Serve);
        }
    }

    public static void MapOpenApiDocument(this WebApplication app) =>
        app.MapOpenApi("/openapi/{documentName}.json").RequireManagementPort().AllowAnonymous();
}
