using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Security;

/// <summary>How long sessions live, by the database clock. Section <c>Sessions</c>.</summary>
public sealed record SessionOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Sessions";

    /// <summary>A cookie session that is not used for this long ends. Default: 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan CookieIdle { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A cookie session ends after this long, used or not. Default: 12 hours.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan CookieLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>A bearer session that is not used for this long ends. Default: 14 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan BearerIdle { get; init; } = TimeSpan.FromDays(14);

    /// <summary>A bearer session ends after this long, used or not. Default: 30 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan BearerLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Sensitive calls ask that the person proved who they are within this time. Default: 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan FreshFor { get; init; } = TimeSpan.FromMinutes(10);

    internal (TimeSpan Idle, TimeSpan Lifetime) Of(SessionTransport transport) =>
        transport == SessionTransport.Cookie ? (CookieIdle, CookieLifetime) : (BearerIdle, BearerLifetime);
}
