using System.Globalization;

namespace HardenedService.Operations.Load;

/// <summary>Durations as people type them: <c>500ms</c>, <c>60s</c>, <c>2m</c>, <c>1h</c>.</summary>
internal static class Durations
{
    /// <returns>Whether it is one, and longer than nothing.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        var number = text.TrimEnd("hms".ToCharArray());
        double? unit = text[number.Length..] switch
        {
            "ms" => 0.001,
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => null,
        };
        duration = unit is { } seconds && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count * seconds <= Longest.TotalSeconds
            ? TimeSpan.FromSeconds(count * seconds)
            : default;

        return duration > TimeSpan.Zero;
    }

    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
}
