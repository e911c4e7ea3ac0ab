using System.Globalization;
using System.Reflection;
using System.Text.Json;
using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace HardenedService.Platform.OpenApi;

/// <summary>Turns what the route table says of a call into what the document says of it.</summary>
internal sealed class OperationContract : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var isAnonymous = metadata.OfType<IAllowAnonymous>().Any();

        operation.OperationId ??= IdOf(metadata);
        operation.Security = isAnonymous ? [] : [Needs(ServiceDescription.Bearer, context), Needs(ServiceDescription.Cookie, context)];
        operation.Responses ??= [];
        AddRequestHeaders(operation, metadata);
        AddProblems(operation.Responses, metadata, isAnonymous, context.Document!);
        AddResponseHeaders(operation.Responses, metadata);

        return Task.CompletedTask;
    }

    // A use case is a class: RegisterAccount is registerAccount. WithName says otherwise where a class handles two calls.
    private static string? IdOf(IEnumerable<object> metadata) =>
        metadata.OfType<MethodInfo>().FirstOrDefault()?.DeclaringType is { } handler ? JsonNamingPolicy.CamelCase.ConvertName(handler.Name) : null;

    private static OpenApiSecurityRequirement Needs(string scheme, OpenApiOperationTransformerContext context) =>
        new() { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] };

    private static void AddRequestHeaders(OpenApiOperation operation, IEnumerable<object> metadata)
    {
        foreach (var header in metadata.OfType<RequestHeader>())
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = header.Name,
                In = ParameterLocation.Header,
                Required = true,
                Description = header.Description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = header.Pattern },
                Example = header.Example,
            });
        }
    }

    private static void AddProblems(OpenApiResponses responses, IEnumerable<object> metadata, bool isAnonymous, OpenApiDocument document)
    {
        // The group's demand for a session reaches the anonymous calls' metadata too.
        var problems = metadata.OfType<ProblemCode>().Distinct().Where(problem => !(isAnonymous && problem == Problems.Unauthenticated));

        foreach (var byStatus in problems.OrderBy(problem => problem.Code).GroupBy(problem => problem.Status).OrderBy(group => group.Key))
        {
            var headers = metadata.OfType<ResponseHeader>().Where(header => header.Status is null || header.Status == byStatus.Key);
            responses[byStatus.Key.ToString(CultureInfo.InvariantCulture)] = ProblemResponses.Of(byStatus.Key, [.. byStatus], [.. headers], document);
        }
    }

    private static void AddResponseHeaders(OpenApiResponses responses, IEnumerable<object> metadata)
    {
        var location = new ResponseHeader(StatusCodes.Status201Created, HeaderNames.Location, "The address of what was created.");

        foreach (var (status, response) in responses)
        {
            // The problems have theirs.
            if (response is OpenApiResponse success)
            {
                success.Headers ??= new Dictionary<string, IOpenApiHeader>();

                foreach (var header in metadata.OfType<ResponseHeader>().Append(location).Where(header => header.Status is null || status == $"{header.Status}"))
                {
                    success.Headers[header.Name] = header.Document();
                }
            }
        }
    }
}
