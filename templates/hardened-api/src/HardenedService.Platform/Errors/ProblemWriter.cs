using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Errors;

/// <summary>
/// Writes every problem, whoever raised it, as <c>application/problem+json</c> with its code and trace id. Unlike the framework's
/// writer it does not look at Accept: a client that asked for something else still learns what went wrong.
/// </summary>
internal sealed partial class ProblemWriter(IOptions<JsonOptions> json) : IProblemDetailsWriter
{
    private const string RetryAfterSeconds = "2";

    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var response = context.HttpContext.Response;
        var problem = context.ProblemDetails;

        if (!problem.Extensions.ContainsKey("code"))
        {
            var code = problem is HttpValidationProblemDetails
                ? Problems.ValidationFailed
                : Problems.OfStatus(problem.Status ?? response.StatusCode);

            code.Describe(problem);
        }

        if (problem is HttpValidationProblemDetails validation)
        {
            validation.Errors = validation.Errors.ToDictionary(error => ClientsName(error.Key), error => Array.ConvertAll(error.Value, InClientsTerms));
        }

        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToHexString() ?? context.HttpContext.TraceIdentifier;
        response.StatusCode = problem.Status!.Value;

        // RFC 9110, section 15.5.2: a 401 names a way to authenticate.
        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        // RFC 9110, section 15.6.4. Who knows better has said so already.
        if (problem.Status == StatusCodes.Status503ServiceUnavailable && response.Headers.RetryAfter.Count == 0)
        {
            response.Headers.RetryAfter = RetryAfterSeconds;
        }

        await response.WriteAsJsonAsync(
            problem,
            problem.GetType(),
            json.Value.SerializerOptions,
            "application/problem+json",
            context.HttpContext.RequestAborted);
    }

    // Of each part of a path such as Items[0].Name.
    private static string ClientsName(string member) => string.Join('.', member.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));

    // "The Password field is required." and "The field Limit must be between 1 and 100." are the framework's words.
    private static string InClientsTerms(string message) => FrameworksName.Replace(message, match => JsonNamingPolicy.CamelCase.ConvertName(match.Value));

    [GeneratedRegex(@"(?<=^The )\w+(?= field )|(?<=^The field )\w+", RegexOptions.None, matchTimeoutMilliseconds: 100)]
    private static partial Regex FrameworksName { get; }
}
