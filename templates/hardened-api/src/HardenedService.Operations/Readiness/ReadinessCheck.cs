namespace HardenedService.Operations.Readiness;

/// <summary>When a concern has to be met.</summary>
internal enum Tier
{
    /// <summary>Before the first person depends on it.</summary>
    Must,

    /// <summary>Within 30 days of the first release; from then on like <see cref="Must"/>.</summary>
    ThirtyDays,

    /// <summary>Put off on purpose: it is told, and decides nothing.</summary>
    Later,
}

/// <summary>What a check says of itself.</summary>
/// <param name="Id">Its name, as gaps and records use it.</param>
/// <param name="Tier">When the concern has to be met.</param>
/// <param name="Title">The concern, in a few words.</param>
internal sealed record Concern(string Id, Tier Tier, string Title)
{
    /// <summary>What is true when it passes.</summary>
    public required string Proves { get; init; }

    /// <summary>What may be wrong all the same.</summary>
    public required string DoesNotProve { get; init; }

    /// <summary>How it is found out.</summary>
    public required string How { get; init; }

    /// <summary>The page that tells how to mend it, from the solution's folder.</summary>
    public required string Mend { get; init; }

    /// <summary>For how long what was found holds. Null, the default, for what is looked at anew each time.</summary>
    public TimeSpan? Holds { get; init; }

    /// <summary>It tells of a deployment, its settings and what was done with it, and not of the build: what is not deployed yet cannot be judged by it.</summary>
    public bool IsOfDeployment { get; init; }
}

/// <summary>What came of a check.</summary>
internal enum CheckStatus
{
    Pass,
    Fail,

    /// <summary>It could not be found out.</summary>
    Error,

    /// <summary>It was so once, too long ago to be relied on.</summary>
    Stale,

    /// <summary>It does not pass, and a gap that is not overdue says so.</summary>
    Waived,
    NotApplicable,
}

/// <summary>What a check found.</summary>
/// <param name="Status">Any but <see cref="CheckStatus.Waived"/>.</param>
/// <param name="Evidence">What it was found by, in a few words; of a failure, what is wrong.</param>
internal sealed record Finding(CheckStatus Status, string Evidence)
{
    public static Finding Pass(string evidence) => new(CheckStatus.Pass, evidence);

    public static Finding Fail(string evidence) => new(CheckStatus.Fail, evidence);

    public static Finding NotApplicable(string why) => new(CheckStatus.NotApplicable, why);

    /// <summary>Fails with what is wrong, or passes if nothing is.</summary>
    public static Finding Of(IReadOnlyCollection<string> faults, string evidence) => faults.Count switch
    {
        0 => Pass(evidence),
        <= MostFaults => Fail(string.Join("; ", faults)),
        _ => Fail($"{string.Join("; ", faults.Take(MostFaults))}; and {faults.Count - MostFaults} more"),
    };

    private const int MostFaults = 3;
}

/// <summary>One concern, and how to find out whether it is met.</summary>
internal interface IReadinessCheck
{
    Concern Concern { get; }

    /// <exception cref="InconclusiveException">It cannot be found out from here.</exception>
    Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel);
}

/// <summary>A check cannot tell, for want of something that it needs.</summary>
internal sealed class InconclusiveException(string message) : Exception(message);
