using System.ComponentModel.DataAnnotations;

namespace HardenedService.Api.Identity;

/// <summary>How much of a replica the hashing of passwords may take. Section <c>PasswordHashing</c>.</summary>
internal sealed record PasswordHashingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "PasswordHashing";

    /// <summary>How many are hashed at once. Default: half as many as there are processors, and one at least.</summary>
    [Range(1, 1024)]
    public int Concurrency { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>How many calls may wait for that. Default: 16.</summary>
    [Range(0, 10_000)]
    public int Queue { get; init; } = 16;

    /// <summary>How long one of them waits at most, before it is answered with 503. Default: 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);
}
