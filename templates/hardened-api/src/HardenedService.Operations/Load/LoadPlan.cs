namespace HardenedService.Operations.Load;

/// <summary>What a run does.</summary>
/// <param name="Users">How many people it stands for.</param>
/// <param name="Rate">How many calls arrive in a second, on average.</param>
/// <param name="Duration">For how long they arrive.</param>
/// <param name="Mix">What the calls are.</param>
internal sealed record LoadPlan(int Users, double Rate, TimeSpan Duration, IReadOnlyList<LoadOperation> Mix)
{
    /// <summary>How many calls may be under way at once. One more is not made, and counts as an error: a service that is stuck would take all memory here.</summary>
    public int MostInFlight { get; init; } = 1000;

    /// <summary>How long an answer is waited for, once the call is made.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What one call is, by the weights.</summary>
    public LoadOperation Choose(Random random)
    {
        var place = random.NextDouble() * Mix.Sum(operation => operation.Weight);

        return Mix.FirstOrDefault(operation => (place -= operation.Weight) < 0) ?? Mix[^1];
    }

    /// <summary>Makes its calls. Neither cookies nor redirects nor a proxy: each call is one call, to the service.</summary>
    public HttpClient Connect(Uri service) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        UseProxy = false,
        ConnectTimeout = Patience,

        // Whoever counts their own calls would find a trace of each.
        ActivityHeadersPropagator = null,
    })
    {
        BaseAddress = service,
        Timeout = Patience,
        DefaultRequestHeaders = { { "User-Agent", "load-test" } },
    };
}
