using Microsoft.Extensions.Logging;

namespace HardenedService.Platform.Outbound;

/// <summary>What is logged about calls to other systems: names and reasons of our own, never an address, a header or a body.</summary>
internal static partial class OutboundLog
{
    [LoggerMessage(EventId = 1801, EventName = "OutboundAttemptFailed", Level = LogLevel.Information, Message = "An attempt to call {Client} failed after {Elapsed}: it {Reason}")]
    public static partial void AttemptFailed(this ILogger logger, string client, TimeSpan elapsed, string reason);

    [LoggerMessage(EventId = 1802, EventName = "BreakerOpened", Level = LogLevel.Warning, Message = "Calls to {Client} fail: it is not called for {Duration}")]
    public static partial void BreakerOpened(this ILogger logger, string client, TimeSpan duration);

    [LoggerMessage(EventId = 1803, EventName = "BreakerProbes", Level = LogLevel.Information, Message = "One call probes whether {Client} works again")]
    public static partial void BreakerProbes(this ILogger logger, string client);

    [LoggerMessage(EventId = 1804, EventName = "BreakerClosed", Level = LogLevel.Warning, Message = "Calls to {Client} succeed again")]
    public static partial void BreakerClosed(this ILogger logger, string client);

    [LoggerMessage(EventId = 1805, EventName = "RetryBudgetSpent", Level = LogLevel.Warning, Message = "So many calls to {Client} fail that the rest of them is not repeated")]
    public static partial void BudgetSpent(this ILogger logger, string client);

    [LoggerMessage(EventId = 1806, EventName = "OutboundFull", Level = LogLevel.Warning, Message = "So many calls to {Client} are under way that further ones are refused")]
    public static partial void Full(this ILogger logger, string client);

    [LoggerMessage(EventId = 1807, EventName = "AddressRefused", Level = LogLevel.Warning, Message = "An address given by a user leads into a private network, and was not called")]
    public static partial void AddressRefused(this ILogger logger);
}
