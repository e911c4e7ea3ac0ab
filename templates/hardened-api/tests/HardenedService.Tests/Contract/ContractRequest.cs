using System.Net.Http.Headers;
using System.Text;

namespace HardenedService.Tests.Contract;

/// <summary>Who sends a request.</summary>
internal enum Caller
{
    /// <summary>Someone without a session.</summary>
    Nobody,

    /// <summary>Someone with a bearer token.</summary>
    Bearer,

    /// <summary>A browser with the session cookie, on a page of the service.</summary>
    Cookie,

    /// <summary>A browser with the session cookie, on another site's page.</summary>
    OtherSite,

    /// <summary>Someone with a token that was never issued.</summary>
    Stranger,
}

/// <summary>One request of the contract run.</summary>
/// <param name="Operation">The operation that it goes to.</param>
/// <param name="What">What is special about it.</param>
internal sealed record ContractRequest(Operation Operation, string What)
{
    private const int LargeBody = 64 * 1024;
    private const string IdempotencyKey = "Idempotency-Key";
    private const string StrangersToken = "hs1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    public Caller Caller { get; init; } = Operation.NeedsSession ? Caller.Bearer : Caller.Nobody;

    /// <summary>Somebody else's bearer token, in place of that of the run's person.</summary>
    public string? Bearer { get; init; }

    public string? Body { get; init; }

    public string? ContentType { get; init; } = "application/json";

    public string? Accept { get; init; }

    /// <summary>Whether the document allows it. Null: its schemas cannot tell.</summary>
    public bool? IsAllowed { get; init; }

    /// <summary>Values by parameter name, as they stand in the path, the query or a header.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Added to the query as it is.</summary>
    public string Query { get; init; } = "";

    public override string ToString() =>
        $"{Operation}, {What}, as {Caller}{(Body is null ? "" : $": {ContentType ?? "no content type"}, {(Body.Length > 500 ? $"{Body[..500]}…" : Body)}")}";

    /// <summary>With a key drawn for it: the example, sent every time, would make of every request a retry of the first.</summary>
    public ContractRequest WithKeyOfItsOwn() =>
        Operation.Parameters.FirstOrDefault(parameter => parameter.Name == IdempotencyKey)?.Example is { } example
            && Parameters.GetValueOrDefault(IdempotencyKey) == example
            ? With(IdempotencyKey, $"{Guid.NewGuid()}")
            : this;

    /// <summary>With another value for a parameter.</summary>
    public ContractRequest With(string parameter, string value) =>
        this with { Parameters = Parameters.Where(other => other.Key != parameter).Append(new(parameter, value)).ToDictionary() };

    public HttpRequestMessage ToMessage(string bearer, string cookie)
    {
        var message = new HttpRequestMessage(Operation.Method, Target());

        // What a browser tells of a page of the service itself; who acts as another site says so.
        message.Headers.Add("Sec-Fetch-Site", Caller == Caller.OtherSite ? "cross-site" : "same-origin");

        switch (Caller)
        {
            case Caller.Bearer:
                message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Bearer ?? bearer);
                break;
            case Caller.Stranger:
                message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", StrangersToken);
                break;
            case Caller.Cookie or Caller.OtherSite:
                message.Headers.Add("Cookie", cookie);
                break;
        }

        foreach (var header in Given("header"))
        {
            message.Headers.TryAddWithoutValidation(header.Name, Parameters[header.Name]);
        }

        if (Accept is not null)
        {
            message.Headers.Add("Accept", Accept);
        }

        if (Body is not null)
        {
            var isForm = Operation.TakesForm && ContentType == "application/json";
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(isForm ? ContractForm.Of(Body) : Body));
            message.Content.Headers.TryAddWithoutValidation("Content-Type", isForm ? ContractForm.ContentType : ContentType);

            // A large one is refused by its length, and the connection closed: while it is still being sent, that would be an error here.
            message.Headers.ExpectContinue = Body.Length > LargeBody;
        }

        return message;
    }

    private string Target()
    {
        var path = Given("path").Aggregate(
            Operation.Path, (path, parameter) => path.Replace($"{{{parameter.Name}}}", Uri.EscapeDataString(Parameters[parameter.Name]), StringComparison.Ordinal));
        var query = Given("query").Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(Parameters[parameter.Name])}").Append(Query).Where(part => part != "");

        return $"{path}?{string.Join('&', query)}".TrimEnd('?');
    }

    private IEnumerable<Parameter> Given(string place) =>
        Operation.Parameters.Where(parameter => parameter.In == place && Parameters.ContainsKey(parameter.Name));
}
