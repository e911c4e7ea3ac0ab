namespace HardenedService.Operations.Readiness;

/// <summary>How many of something, in words: one is not several.</summary>
internal static class Counted
{
    /// <summary>Such as "1 day", "0.5 days" or "2 days".</summary>
    /// <param name="count">How many; to a tenth.</param>
    /// <param name="one">What one is called.</param>
    /// <param name="several">What several are called; null for <paramref name="one"/> with an s.</param>
    public static string Of(double count, string one, string? several = null) =>
        FormattableString.Invariant($"{count:0.#}") is "1" ? $"1 {one}" : FormattableString.Invariant($"{count:0.#} {several ?? $"{one}s"}");
}
