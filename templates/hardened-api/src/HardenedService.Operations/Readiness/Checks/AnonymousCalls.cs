namespace HardenedService.Operations.Readiness.Checks;

internal sealed class AnonymousCalls : IReadinessCheck
{
    private const int Unauthenticated = 401;
    private const int FirstRefusal = 400;

    // What the management port is for.
    private static readonly string[] Internal = ["/health/live", "/health/ready", "/health/startup", "/metrics", ServiceDocument.Path, "/docs"];

    public Concern Concern { get; } = new("anonymous-endpoints", Tier.Must, "Strangers get no further than the door")
    {
        Proves = "Every call of the service's own document that is not on the list of open ones is refused without a session, as it runs; "
            + "and nothing of what is meant for the management port is served on the public one.",
        DoesNotProve = "That no call is missing from the document (the tests look at the routes themselves), what those on the list do, or that a session may only do what it should.",
        How = "Reads the document from the management port, and sends each call with neither cookie nor token. The list is AnonymousEndpoints.cs.",
        Mend = "docs/threat-model.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var calls = await ServiceDocument.ReadAsync(context, cancel);
        var listed = calls.Count(call => AnonymousEndpoints.All.Contains($"{call}"));
        List<string> faults = [.. calls.Where(call => !call.IsOpen && AnonymousEndpoints.All.Contains($"{call}")).Select(call => $"{call} is on the list, and asks for a session: take it out")];

        foreach (var call in calls.Where(call => !AnonymousEndpoints.All.Contains($"{call}")))
        {
            // An open one is not tried: nobody knows what it would do.
            if (call.IsOpen)
            {
                faults.Add($"{call} is open, and not on the list");
            }
            else if (await context.ProbeAsync(context.Service, call.Method, call.Of(Guid.Empty), cancel) is { } answer && answer is not { Status: Unauthenticated, Code: "unauthenticated" })
            {
                faults.Add(FormattableString.Invariant($"{call} answers a stranger with {answer.Status}"));
            }
        }

        // A proxy may refuse these as it likes. A replica that is not ready says so with 503, on the right port.
        foreach (var path in Internal)
        {
            if (await context.ProbeAsync(context.Service, HttpMethod.Get, path, cancel) is { Status: < FirstRefusal or > 499 } answer)
            {
                faults.Add(FormattableString.Invariant($"{path} answers on the public port, with {answer.Status}"));
            }
        }

        return Finding.Of(faults, $"{Counted.Of(calls.Count, "call")}, of which {Counted.Of(listed, "is", "are")} open and on the list");
    }
}
