using System.Text.Json.Nodes;
using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace HardenedService.Platform.OpenApi;

/// <summary>How the document tells of problems: one response for each status, its <c>code</c> limited to those that this call answers with.</summary>
internal static class ProblemResponses
{
    public const string Schema = "Problem";

    private const string MediaType = "application/problem+json";

    private static readonly OpenApiSchema Text = new() { Type = JsonSchemaType.String };

    /// <summary>The body of every error (RFC 9457), member for member.</summary>
    public static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "What went wrong (RFC 9457).",
        Required = new HashSet<string> { "type", "title", "status", "code", "traceId" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Described("A URI that names this kind of problem.", format: "uri"),
            ["title"] = Described("What kind of problem this is, for people. The same in every occurrence."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "The HTTP status." },
            ["detail"] = Described("What went wrong this time, for people."),
            ["code"] = Described("What kind of problem this is, for programs. Stable."),
            ["traceId"] = Described("Leads support to the record of this request."),
            ["ticket"] = Described("With `mfa_required` at sign-in: what the second factor is sent with."),
            ["methods"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = "With `mfa_required`: what will do. `totp` goes as `code`, `recovery_code` as `recoveryCode`.",
                Items = Text,
            },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "With `validation_failed`: what is not acceptable, by member.",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text },
            },
        },
        AdditionalPropertiesAllowed = false,
    };

    /// <summary>The response of one status. Calls that answer with the same problems share it.</summary>
    public static OpenApiResponseReference Of(
        int status, IReadOnlyList<ProblemCode> problems, IReadOnlyList<ResponseHeader> headers, OpenApiDocument document)
    {
        var name = string.Join('.', problems.Select(problem => problem.Code).Concat(headers.Select(header => header.Name)));
        document.AddComponent<IOpenApiResponse>(name, Response(status, problems, headers, document));

        return new OpenApiResponseReference(name, document);
    }

    private static OpenApiResponse Response(
        int status, IReadOnlyList<ProblemCode> problems, IReadOnlyList<ResponseHeader> headers, OpenApiDocument document) => new()
        {
            Description = string.Join(", or: ", problems.Select(problem => $"{problem.Title} (`{problem.Code}`)")) + ".",
            Headers = HeadersOf(status).Concat(headers.Select(header => KeyValuePair.Create(header.Name, (IOpenApiHeader)header.Document()))).ToDictionary(),
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [MediaType] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchema { AllOf = [new OpenApiSchemaReference(Schema, document), OneOf(status, problems)] },
                },
            },
        };

    private static OpenApiSchema OneOf(int status, IEnumerable<ProblemCode> problems) => new()
    {
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["status"] = new OpenApiSchema { Enum = [status] },
            ["code"] = new OpenApiSchema { Enum = [.. problems.Select(problem => (JsonNode)problem.Code)] },
        },
    };

    private static Dictionary<string, IOpenApiHeader> HeadersOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => With(HeaderNames.WWWAuthenticate, "How to authenticate.", Text),
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable =>
            With(HeaderNames.RetryAfter, "The seconds to wait before trying again.", new OpenApiSchema { Type = JsonSchemaType.Integer }),
        _ => [],
    };

    private static Dictionary<string, IOpenApiHeader> With(string name, string description, OpenApiSchema schema) =>
        new() { [name] = new OpenApiHeader { Description = description, Required = true, Schema = schema } };

    private static OpenApiSchema Described(string description, string? format = null) =>
        new() { Type = JsonSchemaType.String, Description = description, Format = format };
}
