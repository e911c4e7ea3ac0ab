namespace HardenedService.Operations.Load;

/// <summary>One kind of call: what people do, as the load does it. It succeeds with any 2xx.</summary>
/// <param name="Name">What <c>--mix</c> calls it.</param>
/// <param name="Weight">How often it is chosen, beside the others.</param>
/// <param name="Request">Makes the call of one person. Called by one thread at a time.</param>
internal sealed record LoadOperation(string Name, double Weight, Func<LoadUser, Random, HttpRequestMessage> Request)
{
    /// <summary>Whether the objective of latency is for it as well. Not for what is slow by nature: ops/prometheus/rules/slo.yml leaves out the same routes.</summary>
    public bool HasLatencyObjective { get; init; } = true;

    /// <summary>Remembers what an answer told that this person's next calls need. Called by any thread.</summary>
    public Action<LoadUser, HttpResponseMessage>? Succeeded { get; init; }

    /// <summary>A mix of them as <c>--mix</c> has it, in one order.</summary>
    public static string Text(IEnumerable<LoadOperation> mix) =>
        string.Join(',', mix.OrderBy(operation => operation.Name, StringComparer.Ordinal).Select(operation => FormattableString.Invariant($"{operation.Name}={operation.Weight}")));
}
