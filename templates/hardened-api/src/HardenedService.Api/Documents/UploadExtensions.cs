using HardenedService.Platform.Errors;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Validation;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Documents;

/// <summary>The form of an upload, for the document.</summary>
/// <param name="Title">What people call it: one line of at most 200 characters.</param>
/// <param name="File">A PDF, a PNG or JPEG image, or text in UTF-8. Its bytes decide which, and not its name.</param>
public sealed record UploadForm([property: SingleLine(DocumentTitle.MaxLength)] string Title, IFormFile File);

internal static class UploadExtensions
{
    /// <summary>
    /// The call receives an upload before its transaction begins: a slow client keeps no connection. Its handler takes <see cref="DocumentUpload"/>.
    /// </summary>
    public static RouteHandlerBuilder ReceivesUpload(this RouteHandlerBuilder endpoint, IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<DocumentOptions>>().Value;

        // Outermost but for the key's, which comes later on the route's line: without a key nothing is received.
        endpoint.Add(builder => builder.FilterFactories.Insert(0, (factory, next) =>
        {
            var position = Array.FindIndex(factory.MethodInfo.GetParameters(), parameter => parameter.ParameterType == typeof(DocumentUpload));

            return async context =>
                await context.HttpContext.RequestServices.GetRequiredService<UploadReceiver>()
                    .ReceiveAsync(context.HttpContext, context.GetArgument<DocumentUpload>(position)) is { } refusal
                    ? refusal
                    : await next(context);
        }));

        return endpoint
            .Accepts<UploadForm>("multipart/form-data")
            .AllowBody(options.MaxSize + FormOverhead, options.UploadTimeout)
            .Answers(Problems.PayloadTooLarge, Problems.UnsupportedMediaType, Problems.ValidationFailed, Problems.MalformedRequest);
    }

    // Boundaries, headers and the title.
    private const int FormOverhead = 16 * 1024;
}
