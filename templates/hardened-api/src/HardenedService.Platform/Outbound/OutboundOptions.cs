using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Outbound;

/// <summary>
/// How calls to one other system are bounded, repeated and given up. Section <c>Outbound:&lt;Name&gt;</c>. The defaults suit a system that
/// usually answers within a second.
/// </summary>
public record OutboundOptions : IValidatableObject
{
    /// <summary>The section that has one of these for each other system.</summary>
    public const string Section = "Outbound";

    /// <summary>How long one attempt may take, its body included. Shorter than <see cref="TotalTimeout"/>. Default: 3 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a call may take, all attempts and the waits between them together. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "01:00:00")]
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a call that failed is repeated, if repeating it is safe. 0 to 2. Default: 2.</summary>
    [Range(0, 2)]
    public int Retries { get; init; } = 2;

    /// <summary>How long to wait before the first repetition, on average; twice that before the second. A Retry-After wins. Default: 200 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How many repetitions all calls together may have, as a share of the calls of the last ten seconds: at 0.1 the other system gets at most
    /// 1.1 times as many attempts as there are calls, however many of them fail. 0 to 1. Default: 0.1.
    /// </summary>
    [Range(0.0, 1.0)]
    public double RetryBudget { get; init; } = 0.1;

    /// <summary>
    /// How many repetitions there may be in ten seconds where <see cref="RetryBudget"/> would leave fewer, since calls are rare. 0 to 100. Default: 3.
    /// </summary>
    [Range(0, 100)]
    public int RetryFloor { get; init; } = 3;

    /// <summary>The share of failed attempts at which calls are given up without trying, 0.01 to 1. Default: 0.5.</summary>
    [Range(0.01, 1.0)]
    public double BreakerFailureRatio { get; init; } = 0.5;

    /// <summary>How many attempts there must have been for <see cref="BreakerFailureRatio"/> to mean something, 2 at least. Default: 10.</summary>
    [Range(2, 100_000)]
    public int BreakerMinimumAttempts { get; init; } = 10;

    /// <summary>Over how long attempts are counted for that. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan BreakerWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long no call is tried then, until a single one probes. Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many attempts of one replica may be under way at once; those beyond fail at once and do not wait. Default: 50.</summary>
    [Range(1, 10_000)]
    public int MaxConcurrency { get; init; } = 50;

    /// <inheritdoc/>
    public virtual IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AttemptTimeout >= TotalTimeout)
        {
            yield return new ValidationResult($"must be shorter than {nameof(TotalTimeout)}, which is {TotalTimeout}.", [nameof(AttemptTimeout)]);
        }
    }
}
