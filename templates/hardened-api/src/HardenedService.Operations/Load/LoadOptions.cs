using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace HardenedService.Operations.Load;

/// <summary>The options of <c>load</c>.</summary>
internal sealed class LoadOptions
{
    private const int MostUsers = 100_000;

    private const int UsualUsers = 50;

    // With the usual people, long enough for a thousand calls: of fewer, an error in a thousand cannot be seen.
    private static readonly TimeSpan UsualDuration = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ShortestDuration = TimeSpan.FromSeconds(1);

    public Option<Uri?> Url { get; } = AddressOption.Create("--url", "Where the service answers. [default: as Service:Address and Service:Port say]");

    public Option<int> Users { get; } = NumberOption.Create("--users", null, MostUsers, FormattableString.Invariant($"For how many people it stands. [default: {UsualUsers}]"));

    public Option<TimeSpan?> Duration { get; } = Time("--duration", "For how long calls arrive, a second at least. [default: 2m]", ShortestDuration);

    public Option<TimeSpan?> Think { get; } = Time("--think", "How long each of them looks at an answer before the next call, on average. [default: 5s]", TimeSpan.FromMilliseconds(1));

    public Option<double?> Rate { get; } = new("--rate")
    {
        Description = "How many calls arrive in a second, on average. [default: users by think time]",
        HelpName = "number",
        CustomParser = result =>
            double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate) && rate is >= 0.001 and <= 1_000_000
                ? rate
                : Refuse<double?>(result, "--rate is a number from 0.001 to 1000000."),
    };

    public Option<IReadOnlyList<LoadOperation>?> Mix { get; } = new("--mix")
    {
        Description = $"What the calls are: of {string.Join(", ", LoadOperations.All.Select(operation => operation.Name))}. How often, beside the others, may be said of all of "
            + "them: browse=9,write=1. [default: all]",
        HelpName = "operations",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => LoadMix.Parse(result.Tokens[0].Value, out var fault) ?? Refuse<IReadOnlyList<LoadOperation>?>(result, fault),
    };

    public Option<string> Slo { get; } = new("--slo")
    {
        Description = "What is promised: percentiles of latency (p50, p90, p95, p99, p99.9, max; sign-ins apart), and the ratio of errors, 0.1% if it is not told.",
        HelpName = "objectives",
        DefaultValueFactory = _ => ServiceLevel.Default,
        CustomParser = result =>
        {
            try
            {
                return ServiceLevel.Parse(result.Tokens[0].Value).Text;
            }
            catch (FormatException exception)
            {
                return Refuse<string>(result, $"--slo: {exception.Message}");
            }
        },
    };

    public Option<int[]?> Growth { get; } = new("--growth")
    {
        Description = "The same at each of these numbers of people, one after the other, as in 1,10,100,500.",
        HelpName = "numbers",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => Numbers(result.Tokens[0].Value) is var numbers && Array.TrueForAll(numbers, users => users is >= 1 and <= MostUsers)
            ? numbers
            : Refuse<int[]?>(result, FormattableString.Invariant($"--growth is a list of numbers from 1 to {MostUsers}, as in 1,10,100,500.")),
    };

    public Option<FileInfo?> Json { get; } = new("--json") { Description = "Also write the report to this file, as JSON." };

    public Option<FileInfo?> Html { get; } = new("--html") { Description = "Also write it to this file, as a page with plots." };

    public Option<bool> Yes { get; } = new("--yes") { Description = "It is meant, although the service is not on this machine, or has people: they may depend on it." };

    public Option<bool> Clean { get; } = new("--clean") { Description = "No test: only have the accounts erased that one left over which was killed." };

    /// <summary>Looks at what no option can tell by itself, before anything is done.</summary>
    /// <exception cref="UsageException">It makes no sense.</exception>
    public void Demand(ParseResult call)
    {
        var isGrowth = call.GetValue(Growth) is { Length: > 0 };

        if (isGrowth && call.GetValue(Rate) is not null)
        {
            throw new UsageException("--rate is of one number of people, and --growth of several: name one of them.");
        }

        if (isGrowth && call.GetValue(Users) > 0)
        {
            throw new UsageException("--users is one number of people, and --growth several: name one of them.");
        }

        if (call.GetValue(Rate) is not null && call.GetValue(Think) is not null)
        {
            throw new UsageException("--rate and --think both say how many calls arrive: name one of them.");
        }

        WholeFile.Demand(call.GetValue(Json));
        WholeFile.Demand(call.GetValue(Html));

        if (call.GetValue(Json) is { } json && json.FullName == call.GetValue(Html)?.FullName)
        {
            throw new UsageException("--json and --html name the same file.");
        }
    }

    /// <summary>What a call asks for: one plan, or one for each number of people.</summary>
    public IEnumerable<LoadPlan> Plans(ParseResult call)
    {
        var think = call.GetValue(Think) ?? LoadPlan.UsualThinkTime;

        return (call.GetValue(Growth) is { Length: > 0 } growth ? growth : [call.GetValue(Users) is > 0 and var users ? users : UsualUsers]).Select(people => new LoadPlan(
            people, call.GetValue(Rate) ?? (people / think.TotalSeconds), call.GetValue(Duration) ?? UsualDuration, call.GetValue(Mix) is { Count: > 0 } mix ? mix : LoadOperations.All));
    }

    private static int[] Numbers(string text) =>
        [.. text.Split(',').Select(part => int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).Distinct().Order()];

    private static Option<TimeSpan?> Time(string name, string description, TimeSpan least) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = result => Durations.TryParse(result.Tokens[0].Value, out var time) && time >= least ? time : Refuse<TimeSpan?>(result, $"{name} is a time such as 500ms, 60s or 2m."),
    };

    private static T Refuse<T>(ArgumentResult result, string fault)
    {
        result.AddError(fault);

        return default!;
    }
}
