using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed partial class ErrorsLeakNothing : IReadinessCheck
{
    private const string SignIn = "/v1/sessions";
    private const string Nowhere = "/v1/nowhere";

    private static readonly string[] Members = ["type", "title", "status", "detail", "instance", "code", "traceId", "errors"];

    // Not one of them can succeed. What a proxy or a firewall in front may refuse by itself need not be a problem+json, and leaks nothing either.
    private static readonly Probe[] Probes =
    [
        new("broken JSON", HttpMethod.Post, SignIn) { Body = "{" },
        new("wrong types", HttpMethod.Post, SignIn) { Body = """{"email":1,"password":[]}""" },
        new("a NUL in a text", HttpMethod.Post, SignIn) { Body = """{"email":"a\u0000@example.org","password":"\u0000","transport":"bearer"}""", MayStopEarlier = true },
        new("half a surrogate pair", HttpMethod.Post, SignIn) { Body = """{"email":"\ud800@example.org","password":"x","transport":"bearer"}""", MayStopEarlier = true },
        new("missing values", HttpMethod.Post, SignIn) { Body = "{}" },
        new("another content type", HttpMethod.Post, SignIn) { Body = "<a/>", Type = "application/xml", MayStopEarlier = true },
        new("a token that nobody has", HttpMethod.Get, "/v1/account") { Authorization = "Bearer hs1_' or 1=1 --", MayStopEarlier = true },
        new("an unknown path", HttpMethod.Get, Nowhere),
        new("the root", HttpMethod.Get, "/"),
        new("a wrong method", HttpMethod.Delete, "/v1/accounts") { MayStopEarlier = true },
        new("a method that nobody knows", HttpMethod.Parse("READINESS"), Nowhere) { MayStopEarlier = true },
        new("broken percent-encoding", HttpMethod.Get, $"{Nowhere}/%zz?x=%zz") { MayStopEarlier = true },
        new("an encoded NUL", HttpMethod.Get, $"{Nowhere}/%00?x=%00") { MayStopEarlier = true },
        new("encoded dots and slashes", HttpMethod.Get, $"{Nowhere}/%2e%2e%2f%2e%2e%2fetc/passwd") { MayStopEarlier = true },
        new("a long path", HttpMethod.Get, $"{Nowhere}/{new string('a', 5000)}") { MayStopEarlier = true },
        new("large headers", HttpMethod.Get, Nowhere) { Padding = 20_000, MayStopEarlier = true },
    ];

    public Concern Concern { get; } = new("errors-leak-nothing", Tier.Must, "Errors tell nothing of the inside")
    {
        Proves = "What cannot be read, found or served is refused as application/problem+json, and neither body nor headers hold a stack trace, SQL, a path, "
            + "a connection string or the version of what answers.",
        DoesNotProve = "That a fault of the service's own, which no request from outside can cause on purpose, tells nothing: the tests plant those.",
        How = $"Sends what no client of good will would, {Probes.Length} requests that cannot succeed, and looks through the answers.",
        Mend = "docs/errors.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        List<string> faults = [];

        foreach (var probe in Probes)
        {
            var answer = await context.ProbeAsync(context.Service, probe.Method, probe.Path, probe.Complete, cancel);
            faults.AddRange(Faults(probe, answer).Select(fault => $"{probe.What}: {fault}"));
        }

        return Finding.Of(faults, $"{Probes.Length} bad requests, each refused with nothing of the inside");
    }

    private static IEnumerable<string> Faults(Probe probe, ProbeAnswer answer)
    {
        if (answer.Status is < 400 or >= 500)
        {
            yield return $"answered with {answer.Status}, where a refusal was due";
        }

        if (!answer.IsProblem && !probe.MayStopEarlier)
        {
            yield return $"answered with {answer.MediaType ?? "nothing"}, where a problem+json was due";
        }

        if (Strangers(answer) is { Count: > 0 } strangers)
        {
            yield return $"the problem has further members: {string.Join(", ", strangers)}";
        }

        // As JSON writes a quotation mark.
        if (Inside().Match(answer.Body.Replace("\\u0022", "\"", StringComparison.OrdinalIgnoreCase)) is { Success: true } told)
        {
            yield return $"the body says \"{told.Value}\"";
        }

        if (answer.Headers.FirstOrDefault(header => Maker().IsMatch(header)) is { } maker)
        {
            yield return $"a header tells what answers: \"{maker}\"";
        }
    }

    private static List<string> Strangers(ProbeAnswer answer)
    {
        if (!answer.IsProblem)
        {
            return [];
        }

        using var problem = JsonDocument.Parse(answer.Body);

        return [.. problem.RootElement.EnumerateObject().Select(member => member.Name).Except(Members)];
    }

    [GeneratedRegex(
        @"\bat [A-Z]\w+(\.\w+)+\(|\w+Exception\b|Npgsql|\bSystem\.\w+|\bMicrosoft\.\w+|\b(?i:select\s.+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from)\s"
            + @"|(?i:relation|column|constraint) \\?""[\w.]+\\?""|/(home|tmp|root|usr|var|app|src)/\w|[A-Z]:\\+\w|\w\.cs:line \d|(?i:Host|Password|Username)=\w"
            + @"|(?i:nginx|apache|kestrel|envoy|haproxy|openresty|postgresql)/?\s?\d+\.\d",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Inside();

    [GeneratedRegex(@"^(Server: .*\d+\.\d+|X-Powered-By: |X-AspNet|X-SourceFiles: |X-Debug)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Maker();

    /// <param name="What">What is wrong with it.</param>
    /// <param name="Method">The method.</param>
    /// <param name="Path">As it goes out.</param>
    private sealed record Probe(string What, HttpMethod Method, string Path)
    {
        public string? Body { get; init; }

        public string Type { get; init; } = "application/json";

        public string? Authorization { get; init; }

        /// <summary>How many characters a header has that nobody reads.</summary>
        public int Padding { get; init; }

        /// <summary>Whoever reads the request before the service does may refuse it with an answer of its own.</summary>
        public bool MayStopEarlier { get; init; }

        public void Complete(HttpRequestMessage request)
        {
            request.Content = Body is null ? null : new StringContent(Body, Encoding.UTF8, Type);

            if (Authorization is not null)
            {
                request.Headers.TryAddWithoutValidation("Authorization", Authorization);
            }

            if (Padding > 0)
            {
                request.Headers.TryAddWithoutValidation("X-Padding", new string('a', Padding));
            }
        }
    }
}
