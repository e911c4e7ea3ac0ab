using System.Text.Json;
using System.Text.RegularExpressions;

namespace HardenedService.Tests.Shipping;

/// <summary>An instruction, its arguments with the defaults of build arguments in the place of these.</summary>
internal sealed record Instruction(int Stage, string Name, string Arguments)
{
    /// <summary>The words of one in exec form; null if it is for a shell.</summary>
    public IReadOnlyList<string>? Words => Arguments.Contains('[', StringComparison.Ordinal) && Arguments.EndsWith(']')
        ? JsonSerializer.Deserialize<string[]>(Arguments[Arguments.IndexOf('[', StringComparison.Ordinal)..])
        : null;
}

/// <summary>A Dockerfile, instruction by instruction.</summary>
internal sealed partial record Dockerfile(IReadOnlyList<Instruction> Instructions)
{
    /// <summary>What becomes the image.</summary>
    public IEnumerable<Instruction> Final => Instructions.Where(instruction => instruction.Stage == Instructions[^1].Stage);

    /// <summary>Reads one, with these values of build arguments, or else their defaults.</summary>
    public static Dockerfile Parse(string text, params IEnumerable<(string Name, string Value)> given)
    {
        var instructions = new List<Instruction>();
        var arguments = given.ToDictionary(argument => argument.Name, argument => argument.Value, StringComparer.Ordinal);
        var stage = 0;

        foreach (Match line in Line().Matches(Comment().Replace(text, "").Replace("\\\n", " ", StringComparison.Ordinal)))
        {
            var (name, words) = (line.Groups["name"].Value.ToUpperInvariant(), line.Groups["arguments"].Value.Trim());

            if (name == "ARG" && words.Split('=', 2) is [var argument, var value])
            {
                arguments.TryAdd(argument, value);
            }

            stage += name == "FROM" ? 1 : 0;
            instructions.Add(new(stage, name, Argument().Replace(words, use => arguments.GetValueOrDefault(use.Groups["name"].Value, use.Value))));
        }

        return new(instructions);
    }

    /// <summary>The only one of a name in the final stage.</summary>
    public Instruction Single(string name) => Final.Single(instruction => instruction.Name == name);

    [GeneratedRegex(@"^\s*#.*\n", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s*(?<name>\w+)[ \t]+(?<arguments>.*)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();

    [GeneratedRegex(@"\$\{?(?<name>\w+)\}?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Argument();
}
