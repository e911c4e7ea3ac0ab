using System.Globalization;
using System.Text.RegularExpressions;

namespace HardenedService.Tests.Shipping;

/// <summary>What an image owes whoever runs it.</summary>
internal static partial class DockerfileRules
{
    private static readonly string[] ForShells = ["ENTRYPOINT", "CMD", "HEALTHCHECK"];
    private static readonly string[] Needed = ["ENTRYPOINT", "HEALTHCHECK", "STOPSIGNAL"];

    /// <summary>What is wrong with a Dockerfile.</summary>
    public static IEnumerable<string> Violations(Dockerfile file) =>
    [
        .. file.Instructions.SelectMany(One),
        .. Images(file),
        .. Final(file),
        .. Order(file),
    ];

    private static IEnumerable<string> One(Instruction instruction)
    {
        var (_, name, arguments) = instruction;

        if (name == "ADD")
        {
            yield return "ADD fetches and unpacks what nobody looked at: COPY.";
        }

        if (ForShells.Contains(name) && instruction.Words is null)
        {
            yield return $"{name} goes through a shell, which is not there and takes the signals: write it as [\"…\"].";
        }

        if (name is "ARG" or "ENV" && Secret().IsMatch(arguments))
        {
            yield return $"{name} {arguments.Split('=')[0]} looks like a secret, which would stay in the image: RUN --mount=type=secret, or a file at run time.";
        }

        if (name == "COPY" && arguments.Split(' ').Contains("."))
        {
            yield return "COPY . takes whatever lies there: name what is needed.";
        }

        if (name == "RUN" && arguments.Contains("apt-get install", StringComparison.Ordinal)
            && !(arguments.Contains("--no-install-recommends", StringComparison.Ordinal) && arguments.Contains("rm -rf /var/lib/apt/lists", StringComparison.Ordinal)))
        {
            yield return "apt-get install brings what it recommends, or leaves its lists: --no-install-recommends, and rm -rf /var/lib/apt/lists/* in the same RUN.";
        }

        if (name == "RUN" && Downloads().IsMatch(arguments))
        {
            yield return "RUN pipes a download into a shell.";
        }

        if (name == "WORKDIR" && !arguments.StartsWith('/'))
        {
            yield return $"WORKDIR {arguments} depends on where one was: write it from the root.";
        }
    }

    private static IEnumerable<string> Images(Dockerfile file) =>
        from instruction in file.Instructions
        where instruction.Name == "FROM"
        let image = instruction.Arguments.Split(' ')[0]
        where !IsPinned(image)
        select $"FROM {image} is another image every day: name a tag that is not latest, or a digest.";

    private static IEnumerable<string> Final(Dockerfile file)
    {
        var final = file.Final.ToLookup(instruction => instruction.Name, instruction => instruction.Arguments);

        if (!final["FROM"].Single().Split(' ')[0].Contains("-chiseled-extra", StringComparison.Ordinal))
        {
            yield return "The final image is not chiseled (no shell, no package manager) with extra (ICU, for Unicode).";
        }

        if (final["USER"].LastOrDefault() is not { } user || !uint.TryParse(user.Split(':')[0], CultureInfo.InvariantCulture, out var id) || id == 0)
        {
            yield return "The final image runs as root, or as a name that an orchestrator cannot tell from root: USER and a number.";
        }

        if (final.Contains("RUN"))
        {
            yield return "The final image has no shell for RUN.";
        }

        foreach (var missing in Needed.Where(name => !final.Contains(name)))
        {
            yield return $"The final image has no {missing}.";
        }
    }

    private static IEnumerable<string> Order(Dockerfile file)
    {
        var steps = file.Instructions.ToList();
        var restore = steps.FindIndex(step => step.Name == "RUN" && step.Arguments.Contains("dotnet restore", StringComparison.Ordinal));
        var sources = steps.FindIndex(step => step.Name == "COPY" && step.Arguments.StartsWith("src ", StringComparison.Ordinal));

        if (restore < 0 || restore > sources)
        {
            yield return "Packages are restored after the sources are copied, and so at each change of one: restore first.";
        }

        if (restore >= 0 && !steps[restore].Arguments.Contains("--locked-mode", StringComparison.Ordinal))
        {
            yield return "Packages are restored in whatever versions: --locked-mode.";
        }
    }

    /// <summary>Whether it is the same image tomorrow, patches aside.</summary>
    public static bool IsPinned(string image) =>
        image.Contains('@', StringComparison.Ordinal) || (image.Split('/')[^1].Split(':') is [_, var tag] && tag.Length > 0 && tag != "latest") || !image.Contains('/', StringComparison.Ordinal) && image == "build";

    [GeneratedRegex(@"^\w*(PASSWORD|SECRET|TOKEN|APIKEY|API_KEY|CONNECTIONSTRING)\w*", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Secret();

    [GeneratedRegex(@"\b(curl|wget)\b.*\|\s*(ba)?sh\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Downloads();
}
