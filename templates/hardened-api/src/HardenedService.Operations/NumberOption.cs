using System.CommandLine;
using System.Globalization;

namespace HardenedService.Operations;

/// <summary>An option that is a number, with one message for whatever is none.</summary>
internal static class NumberOption
{
    /// <summary>A number from 1.</summary>
    /// <param name="name">The option, with its dashes.</param>
    /// <param name="otherwise">Its default; null for 0, which nobody can write.</param>
    /// <param name="most">The highest that is taken.</param>
    /// <param name="description">What it says in the help text.</param>
    public static Option<int> Create(string name, int? otherwise, int most, string description)
    {
        var option = new Option<int>(name)
        {
            Description = description,

            // Not a validator: it would have to read the value, which throws where there is none.
            CustomParser = result =>
            {
                if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most)
                {
                    return number;
                }

                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is a number from 1 to {most}."));
                return 0;
            },
        };

        // Set for those alone that have one: the help text shows it.
        if (otherwise is { } number)
        {
            option.DefaultValueFactory = _ => number;
        }

        return option;
    }
}
