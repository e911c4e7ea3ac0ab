using System.ComponentModel.DataAnnotations;

namespace HardenedService.Api.Identity;

/// <summary>How accounts are kept. Section <c>Accounts</c>.</summary>
internal sealed record AccountOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Accounts";

    /// <summary>How long a registration waits for its address to be confirmed before it is forgotten. Default: 7 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan KeepUnconfirmed { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long a network that an account was not used from any more is remembered; its latest one always is. Default: 90 days.
    /// </summary>
    [Range(typeof(TimeSpan), "31.00:00:00", "730.00:00:00")]
    public TimeSpan KeepNetworks { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long an authenticator app that is being set up waits for its first code. Default: 1 day.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan KeepPendingFactors { get; init; } = TimeSpan.FromDays(1);
}
