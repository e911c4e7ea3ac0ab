using HardenedService.Platform.RateLimiting;

namespace HardenedService.Api.Identity;

/// <summary>How often things may be tried, counted over all replicas. Section <c>AccountLimits</c>.</summary>
internal sealed record AccountLimitOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AccountLimits";

    /// <summary>Failed sign-ins from one IPv4 address or IPv6 /64. Default: 10 in a minute.</summary>
    public AttemptLimit SignInsPerNetwork { get; init; } = new() { Attempts = 10, Window = TimeSpan.FromMinutes(1) };

    /// <summary>
    /// Failed sign-ins to one address, whether it has an account or not. Networks that the account signed in from lately have an allowance
    /// of this size each, and all others one together. Default: 5 in 5 minutes.
    /// </summary>
    public AttemptLimit SignInsPerAccount { get; init; } = new() { Attempts = 5, Window = TimeSpan.FromMinutes(5) };

    /// <summary>Registrations from one IPv4 address or IPv6 /64. Default: 20 in a minute.</summary>
    public AttemptLimit RegistrationsPerNetwork { get; init; } = new() { Attempts = 20, Window = TimeSpan.FromMinutes(1) };

    /// <summary>
    /// Calls that send a mail to one address, whether it has an account or not; reset links have a window of their own. Changes of address
    /// that one account asks for, too. Default: 5 in an hour.
    /// </summary>
    public AttemptLimit MailsPerAddress { get; init; } = new() { Attempts = 5, Window = TimeSpan.FromHours(1) };

    /// <summary>Calls of one IPv4 address or IPv6 /64 that send a mail, registrations apart. Default: 20 in a minute.</summary>
    public AttemptLimit MailsPerNetwork { get; init; } = new() { Attempts = 20, Window = TimeSpan.FromMinutes(1) };

    /// <summary>Wrong codes of one account's authenticator app, over all sign-ins; while it is being set up, as many again. Default: 10 in an hour.</summary>
    public AttemptLimit SecondFactorsPerAccount { get; init; } = new() { Attempts = 10, Window = TimeSpan.FromHours(1) };
}
