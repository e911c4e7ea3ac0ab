namespace HardenedService.Operations.Load;

/// <summary>What a run does.</summary>
/// <param name="Users">How many people it stands for.</param>
/// <param name="Rate">How many calls arrive in a second, on average.</param>
/// <param name="Duration">For how long they arrive.</param>
/// <param name="Mix">What the calls are.</param>
internal sealed record LoadPlan(int Users, double Rate, TimeSpan Duration, IReadOnlyList<LoadOperation> Mix)
{
    /// <summary>How long people look at an answer before their next call, on average.</summary>
    public static readonly TimeSpan UsualThinkTime = TimeSpan.FromSeconds(5);

    /// <summary>How long the service is left alone when it asks for that, and does not say for how long.</summary>
    public static readonly TimeSpan UsualPause = TimeSpan.FromSeconds(1);

    // Names are looked up once for each connection: behind one with several addresses, each replica shall get its part.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(1);

    /// <summary>How many calls may be under way at once. One more is not made, and counts as an error: a service that is stuck would take all memory here.</summary>
    public int MostInFlight { get; init; } = 1000;

    /// <summary>How long an answer is waited for, once the call is made; and how long a call that fails counts as, at least.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What one call is, by the weights.</summary>
    public LoadOperation Choose(Random random)
    {
        var place = random.NextDouble() * Mix.Sum(operation => operation.Weight);

        foreach (var operation in Mix)
        {
            if (place < operation.Weight)
            {
                return operation;
            }

            place -= operation.Weight;
        }

        // By rounding, at the very end.
        return Mix[^1];
    }

    /// <summary>Makes its calls. Neither cookies nor redirects nor a proxy: each call is one call, to the service.</summary>
    public HttpClient Connect(Uri service) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        UseProxy = false,
        ConnectTimeout = Patience,
        PooledConnectionLifetime = ConnectionLifetime,

        // Whoever counts their own calls would find a trace of each.
        ActivityHeadersPropagator = null,
    })
    {
        BaseAddress = service,
        Timeout = Patience,
        DefaultRequestHeaders = { { "User-Agent", "load-test" } },
    };
}
