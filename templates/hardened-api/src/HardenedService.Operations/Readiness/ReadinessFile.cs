namespace HardenedService.Operations.Readiness;

/// <summary>A check that does not pass, and is known not to.</summary>
/// <param name="Check">The check's id.</param>
/// <param name="Reason">Why, from <see cref="ReadinessFile.Reasons"/>.</param>
/// <param name="Owner">Who closes it.</param>
/// <param name="Due">The last day. From the next one on it is overdue, and the report is red.</param>
/// <param name="Compensation">What stands in for it until then.</param>
internal sealed record Gap(string Check, string Reason, string Owner, DateOnly Due, string Compensation);

/// <summary><c>readiness.json</c>, in the solution's folder: what only its team can know.</summary>
internal sealed record ReadinessFile
{
    public const string Name = "readiness.json";

    /// <summary>How many days from today a gap may be due at most.</summary>
    public const int LongestGapDays = 366;

    /// <summary>What a gap may give as its reason.</summary>
    public static readonly IReadOnlyList<string> Reasons = ["not-done-yet", "needs-a-person", "done-elsewhere", "risk-accepted"];

    /// <summary>What a person may be called for.</summary>
    public static readonly IReadOnlyList<string> ContactNames = ["onCall", "security", "privacy"];

    /// <summary>The day of the first release; null before it.</summary>
    public DateOnly? FirstRelease { get; init; }

    /// <summary>Whom to call, by what for. An empty one is nobody.</summary>
    public IReadOnlyDictionary<string, string> Contacts { get; init; } = new Dictionary<string, string>();

    /// <summary>One for a check at most.</summary>
    public IReadOnlyList<Gap> Gaps { get; init; } = [];
}

/// <summary>The file cannot be used. Its message has a line for each fault: <c>readiness.json:LINE:COLUMN: what</c>.</summary>
internal sealed class ReadinessFileException(string file, IEnumerable<LocatedFault> faults) : Exception(
    string.Join(
        Environment.NewLine,
        faults.OrderBy(fault => (fault.Line, fault.Column)).Select(fault => FormattableString.Invariant($"{file}:{fault.Line}:{fault.Column}: {fault.Message}"))));
