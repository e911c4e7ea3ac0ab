using System.Globalization;

namespace HardenedService.Operations.Load;

/// <summary>What calls a load consists of, as <c>--mix</c> says it.</summary>
internal static class LoadMix
{
    private const double MostWeight = 1_000_000;

    /// <returns>Null if it makes no sense; then <paramref name="fault"/> says why.</returns>
    public static IReadOnlyList<LoadOperation>? Parse(string text, out string fault)
    {
        fault = "";
        var mix = new List<LoadOperation>();
        var weighed = 0;

        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var (name, weight) = part.Split('=', 2) is [var left, var right] ? (left, right) : (part, null);

            if (LoadOperations.All.FirstOrDefault(operation => operation.Name == name) is not { } known)
            {
                fault = $"--mix: there is no '{name}', only {string.Join(", ", LoadOperations.All.Select(operation => operation.Name))}.";
            }
            else if (mix.Exists(operation => operation.Name == name))
            {
                fault = $"--mix: '{name}' stands there twice.";
            }
            else if (weight is null)
            {
                mix.Add(known);
            }
            else if (double.TryParse(weight, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= MostWeight)
            {
                mix.Add(known with { Weight = value });
                weighed++;
            }
            else
            {
                fault = $"--mix: '{weight}' is not how often '{name}' is to be: that is a number above 0, and at most a million.";
            }
        }

        if (fault.Length == 0 && weighed > 0 && weighed < mix.Count)
        {
            fault = "--mix: say how often for each of them, or for none.";
        }

        return fault.Length == 0 ? mix : null;
    }
}
