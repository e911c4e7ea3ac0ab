using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Keeps the framework's own detail out of the log, whatever <c>Logging:LogLevel</c> says: below these levels it quotes request lines, headers
/// and values, and so passwords and tokens. What this service logs itself holds none, and goes down to Trace.
/// </summary>
internal sealed class LogFloors : IPostConfigureOptions<LoggerFilterOptions>
{
    private const string Own = "HardenedService.";

    // The request's address at Information; headers that cannot be read, and values that cannot be converted, at Debug.
    private static readonly string[] OfRequests = ["Microsoft.AspNetCore.", "System.Net.Http."];

    /// <summary>The least level at which a category is let through.</summary>
    public static LogLevel Of(string category) =>
        category.StartsWith(Own, StringComparison.Ordinal) ? LogLevel.Trace
        : Array.Exists(OfRequests, prefix => category.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) ? LogLevel.Warning
        : LogLevel.Information;

    // Each rule is kept and narrowed: whichever the framework finds to be the most specific, it asks this one's filter too. The first is
    // there for categories that no rule is about.
    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        List<LoggerFilterRule> narrowed =
        [
            new(providerName: null, categoryName: null, options.MinLevel, Narrow(filter: null)),
            .. options.Rules.Select(rule => new LoggerFilterRule(rule.ProviderName, rule.CategoryName, rule.LogLevel, Narrow(rule.Filter))),
        ];
        options.Rules.Clear();
        narrowed.ForEach(options.Rules.Add);
    }

    private static Func<string?, string?, LogLevel, bool> Narrow(Func<string?, string?, LogLevel, bool>? filter) =>
        (provider, category, level) => level >= Of(category ?? "") && (filter is null || filter(provider, category, level));
}
