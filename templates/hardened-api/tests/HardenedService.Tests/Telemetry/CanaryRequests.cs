using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using HardenedService.Platform.Security;
using HardenedService.Tests.Contract;

namespace HardenedService.Tests.Telemetry;

/// <summary>A request with canaries wherever one can stand, in as many ways as a client can be wrong.</summary>
internal sealed class CanaryRequests(Canaries canaries)
{
    // What a terminal or a reader of lines would take for something else, as it stands in a path.
    private const string Hostile = "%0d%0a%1b%5b31m%e2%80%ae%e2%80%a8";

    private static readonly string[] Headers = ["User-Agent", "Referer", "X-Api-Key", "X-Forwarded-For", "Accept-Language", "tracestate", "Request-Id"];

    /// <summary>As it is good, with canaries in headers that it may have.</summary>
    public HttpRequestMessage Good(ContractRequest request, string bearer)
    {
        canaries.Add(request.Bearer ?? bearer);
        canaries.AddAll(request.Body);

        return Sent(request.WithKeyOfItsOwn(), request.Bearer ?? bearer);
    }

    /// <summary>All the ways in which it is refused.</summary>
    public IEnumerable<HttpRequestMessage> Bad(ContractRequest request, string bearer)
    {
        var stranger = Sent(request, OpaqueToken.New(OpaqueToken.SessionPrefix));
        yield return stranger;

        var cookie = Sent(request with { Caller = Caller.Nobody }, bearer);
        cookie.Headers.Add("Cookie", $"{SessionCookie.Name}={OpaqueToken.New(OpaqueToken.SessionPrefix)}; theme={New()}");
        yield return cookie;

        var basic = Sent(request, bearer);
        basic.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(New())));
        yield return basic;

        yield return At(Sent(request, bearer), target => $"{target}{(target.Contains('?', StringComparison.Ordinal) ? '&' : '?')}password={New()}&password={New()}");
        yield return At(Sent(request, bearer), target => $"{target.Split('?')[0]}/{New()}{Hostile}");

        if (request.Body is not null)
        {
            yield return Sent(request with { Body = $$"""{"password":"{{New()}}" """ }, bearer);
            yield return Sent(request with { Body = $$"""{"{{New()}}":"{{New()}}"}""" }, bearer);
            yield return Sent(request with { Body = $"\"{New()}\"" }, bearer);
            yield return Sent(request with { ContentType = $"text/{New()}" }, bearer);

            // A value of another type under each name, which the parser would quote.
            foreach (var member in request.Body.StartsWith('{') ? JsonNode.Parse(request.Body)!.AsObject().Select(member => member.Key) : [])
            {
                var body = JsonNode.Parse(request.Body)!.AsObject();
                body[member] = $"{New()}\r\n\u001b[31m\u202e\u2028";
                yield return Sent(request with { Body = body.ToJsonString() }, bearer);
            }
        }
    }

    private HttpRequestMessage Sent(ContractRequest request, string bearer)
    {
        var message = request.ToMessage(bearer, cookie: "");

        foreach (var header in Headers)
        {
            message.Headers.TryAddWithoutValidation(header, New());
        }

        if (!message.Headers.Contains("Idempotency-Key"))
        {
            message.Headers.Add("Idempotency-Key", New());
        }

        return message;
    }

    private static HttpRequestMessage At(HttpRequestMessage message, Func<string, string> change)
    {
        message.RequestUri = new Uri(change(message.RequestUri!.OriginalString), UriKind.Relative);

        return message;
    }

    private string New()
    {
        var canary = $"canary{Guid.NewGuid():N}";
        canaries.Add(canary);

        return canary;
    }
}
