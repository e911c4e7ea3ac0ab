using System.Text.Json;

namespace HardenedService.Tests.Contract;

/// <summary>Compares one answer with what the document says of its operation.</summary>
internal sealed class AnswerCheck(JsonSchema schemas)
{
    private const int Shown = 500;

    private static readonly string[] ContractHeaders =
        ["Location", "ETag", "Retry-After", "WWW-Authenticate", "Set-Cookie", "Idempotency-Replayed", "Content-Disposition", "Link"];

    /// <summary>What is not as documented: the request, the answer and the fault, one sentence each.</summary>
    public async Task<IEnumerable<string>> ViolationsAsync(ContractRequest request, HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        var media = answer.Content.Headers.ContentType?.MediaType;
        var seen = $"{request}\n    answered {(int)answer.StatusCode} {media} {(body.Length > Shown ? $"{body[..Shown]}…" : body)}";

        return OfStatus(request, answer, body, media).Concat(OfAcceptance(request, answer, body)).Select(fault => $"{seen}\n    {fault}");
    }

    private IEnumerable<string> OfStatus(ContractRequest request, HttpResponseMessage answer, string body, string? media)
    {
        if (request.Operation.Responses.TryGetValue($"{(int)answer.StatusCode}", out var response))
        {
            return OfHeaders(answer, response).Concat(OfBody(response, body, media));
        }

        // A value in the path that is none of its kind leads nowhere.
        return (int)answer.StatusCode == 404 && request.Operation.Parameters.Any(parameter => parameter.In == "path")
            ? []
            : ["The document does not know this status: say .Answers(Problems.…) on the route's line, or give the handler a typed result."];
    }

    private static IEnumerable<string> OfHeaders(HttpResponseMessage answer, JsonElement response)
    {
        var documented = response.TryGetProperty("headers", out var headers) ? headers.EnumerateObject().ToList() : [];
        var sent = answer.Headers.NonValidated.Select(header => header.Key).Concat(answer.Content.Headers.NonValidated.Select(header => header.Key)).ToHashSet(StringComparer.OrdinalIgnoreCase);

        foreach (var name in ContractHeaders.Where(sent.Contains).Except(documented.Select(header => header.Name), StringComparer.OrdinalIgnoreCase))
        {
            yield return $"The header {name} is not documented: say .SendsHeader(…) on the route's line.";
        }

        foreach (var header in documented.Where(header => header.Value.TryGetProperty("required", out var required) && required.GetBoolean() && !sent.Contains(header.Name)))
        {
            yield return $"The header {header.Name} is documented as always there, and is missing.";
        }
    }

    private IEnumerable<string> OfBody(JsonElement response, string body, string? media)
    {
        if (!response.TryGetProperty("content", out var content))
        {
            return body == "" ? [] : ["A body is not documented for this status."];
        }

        if (media is null || !content.TryGetProperty(media, out var documented))
        {
            return [$"The media type is not documented: {string.Join(", ", content.EnumerateObject().Select(one => one.Name))} is."];
        }

        if (!documented.TryGetProperty("schema", out var schema) || !media.EndsWith("json", StringComparison.Ordinal))
        {
            return [];
        }

        try
        {
            return [.. schemas.Violations(schema, JsonElement.Parse(body)).Select(violation => $"The body is not as documented: {violation}.")];
        }
        catch (JsonException)
        {
            return ["The body is no JSON."];
        }
    }

    private static IEnumerable<string> OfAcceptance(ContractRequest request, HttpResponseMessage answer, string body)
    {
        if (request.IsAllowed == false && answer.IsSuccessStatusCode)
        {
            yield return "The document forbids this request, but the service accepts it: check it, or document less.";
        }

        if (request.IsAllowed == true && (int)answer.StatusCode is 400 or 413 or 415 && !body.Contains("idempotency_key", StringComparison.Ordinal))
        {
            yield return "The document allows this request, but the service refuses it as malformed: let the validation attribute be an ITextRule that says so.";
        }
    }
}
