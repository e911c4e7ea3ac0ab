using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Input;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace HardenedService.Platform.OpenApi;

/// <summary>The problems that a call answers with before its handler is reached. They follow from the call's shape.</summary>
internal static class PipelineProblems
{
    public static TBuilder AnswersForThePipeline<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder
    {
        // Last of all conventions: only then is it known what the handler reads.
        endpoints.Finally(endpoint =>
        {
            foreach (var problem in Of([.. endpoint.Metadata]))
            {
                endpoint.Metadata.Add(problem);
            }
        });

        return endpoints;
    }

    private static IEnumerable<ProblemCode> Of(IReadOnlyList<object> metadata) =>
    [
        Problems.MalformedRequest,
        Problems.HttpsRequired,
        Problems.UriTooLong,
        Problems.UnsupportedMediaType,
        Problems.RateLimited,
        Problems.HeadersTooLarge,
        Problems.InternalError,
        Problems.Unavailable,
        .. HasTypedBody(metadata) ? [Problems.NotAcceptable] : Array.Empty<ProblemCode>(),
        .. IsUnsafe(metadata) ? [Problems.CrossSiteRequest] : Array.Empty<ProblemCode>(),
        .. IsValidated(metadata) ? [Problems.ValidationFailed] : Array.Empty<ProblemCode>(),
        .. ReadsBody(metadata)
            ? [Problems.RequestTimeout, Problems.PayloadTooLarge]
            : Array.Empty<ProblemCode>(),
    ];

    private static bool IsUnsafe(IEnumerable<object> metadata) =>
        metadata.OfType<IHttpMethodMetadata>().SelectMany(methods => methods.HttpMethods).Any(method => !SafeMethods.Contain(method));

    private static bool HasTypedBody(IEnumerable<object> metadata) => AcceptedTypes.Of(metadata.OfType<IProducesResponseTypeMetadata>()).Count > 0;

    private static bool ReadsBody(IEnumerable<object> metadata) => metadata.OfType<IAcceptsMetadata>().Any();

    private static bool IsValidated(IReadOnlyList<object> metadata) =>
        ReadsBody(metadata)
        || metadata.OfType<IParameterBindingMetadata>().Any(parameter => parameter.ParameterInfo.IsDefined(typeof(ValidationAttribute), inherit: true));
}
