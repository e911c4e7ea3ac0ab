using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using HardenedService.Platform.Configuration;

namespace HardenedService.Operations.Readiness;

/// <summary>Reads the file, and finds all that is wrong with it at once, each with its place.</summary>
internal sealed partial class ReadinessFileReader
{
    private const string Day = "yyyy-MM-dd";

    private readonly List<LocatedFault> _faults = [];
    private readonly IReadOnlyCollection<string> _checks;
    private readonly DateOnly _today;

    private ReadinessFileReader(IReadOnlyCollection<string> checks, DateOnly today) => (_checks, _today) = (checks, today);

    /// <param name="path">Where it lies.</param>
    /// <param name="checks">The ids that there are.</param>
    /// <param name="today">The day, by UTC.</param>
    /// <exception cref="ReadinessFileException">It is no JSON, or says what it may not.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ReadinessFile Read(string path, IReadOnlyCollection<string> checks, DateOnly today)
    {
        var reader = new ReadinessFileReader(checks, today);
        var file = new ReadinessFile();

        try
        {
            file = reader.ReadFile(LocatedJson.Parse(File.ReadAllBytes(path)));
        }
        catch (LocatedFaultException exception)
        {
            reader._faults.Add(exception.Fault);
        }

        return reader._faults.Count == 0 ? file : throw new ReadinessFileException(Path.GetFileName(path), reader._faults);
    }

    private ReadinessFile ReadFile(LocatedJson json)
    {
        var members = Members(json, ["firstRelease", "contacts", "gaps"], required: []);
        var contacts = members.TryGetValue("contacts", out var people) ? Members(people, ReadinessFile.ContactNames, required: []) : [];
        var gaps = members.TryGetValue("gaps", out var list) ? Items(list).Select(item => (Place: item, Gap: ReadGap(item))).ToList() : [];

        foreach (var (place, gap) in gaps.Where(item => item.Gap.Check.Length > 0).GroupBy(item => item.Gap.Check).SelectMany(same => same.Skip(1)))
        {
            Fault(place, $"{gap.Check} has a gap already: one for a check is enough.");
        }

        return new()
        {
            FirstRelease = members.TryGetValue("firstRelease", out var day) && day.Kind is not JsonTokenType.Null ? ReadFirstRelease(day) : null,
            Contacts = contacts.ToDictionary(contact => contact.Key, contact => ReadText(contact.Value, mayBeEmpty: true)),
            Gaps = [.. gaps.Select(item => item.Gap)],
        };
    }

    private Gap ReadGap(LocatedJson json)
    {
        string[] names = ["check", "reason", "owner", "due", "compensation"];
        var members = Members(json, names, required: names);

        return new(
            OneOf("check", _checks, "is no check"),
            OneOf("reason", ReadinessFile.Reasons, "is no reason"),
            members.TryGetValue("owner", out var owner) ? ReadText(owner) : "",
            members.TryGetValue("due", out var due) ? ReadDue(due) : default,
            members.TryGetValue("compensation", out var compensation) ? ReadText(compensation) : "");

        string OneOf(string name, IReadOnlyCollection<string> known, string otherwise)
        {
            if (!members.TryGetValue(name, out var value) || ReadText(value) is not { Length: > 0 } text)
            {
                return "";
            }

            if (!known.Contains(text))
            {
                Fault(value, Spelling.Nearest(text, known) is { } meant
                    ? $"\"{text}\" {otherwise}; presumably {meant} is meant."
                    : $"\"{text}\" {otherwise}; there are {string.Join(", ", known)}.");
            }

            return text;
        }
    }

    // A clock that starts some day never runs out.
    private DateOnly ReadFirstRelease(LocatedJson json)
    {
        var day = ReadDay(json);

        if (day > _today)
        {
            Fault(json, $"\"{json.Text}\" is still to come: this is the day on which the service was first released, or null before it.");
        }

        return day;
    }

    // What never has to be closed is no gap.
    private DateOnly ReadDue(LocatedJson json)
    {
        var due = ReadInterval(json);

        if (due.DayNumber - _today.DayNumber > ReadinessFile.LongestGapDays)
        {
            Fault(json, FormattableString.Invariant($"\"{json.Text}\" is too far away: a gap is due within {ReadinessFile.LongestGapDays} days, and may be put off again."));
        }

        return due;
    }

    // A day; or a day and so many more: an ISO 8601 interval of a start and a duration.
    private DateOnly ReadInterval(LocatedJson json)
    {
        if (ReadText(json).Split('/') is not [var start, var duration])
        {
            return ReadDay(json);
        }

        return ParseDay(start) is { } day && Days().Match(duration) is { Success: true } days
            && day.DayNumber + int.Parse(days.Groups["count"].Value, CultureInfo.InvariantCulture) is var due && due <= DateOnly.MaxValue.DayNumber
            ? DateOnly.FromDayNumber(due)
            : NoDay(json);
    }

    private DateOnly ReadDay(LocatedJson json) => ReadText(json) is { Length: > 0 } text ? ParseDay(text) ?? NoDay(json) : default;

    private DateOnly NoDay(LocatedJson json)
    {
        Fault(json, $"\"{json.Text}\" is no day of the calendar; it looks like 2026-01-31, or 2026-01-31/P30D for 30 days after it.");
        return default;
    }

    private static DateOnly? ParseDay(string text) => DateOnly.TryParseExact(text, Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private string ReadText(LocatedJson json, bool mayBeEmpty = false)
    {
        if (json.Kind is not JsonTokenType.String)
        {
            Fault(json, "must be a text, in quotation marks.");
            return "";
        }

        if (!mayBeEmpty && string.IsNullOrWhiteSpace(json.Text))
        {
            Fault(json, "must not be empty.");
        }

        return json.Text.Trim();
    }

    private IReadOnlyList<LocatedJson> Items(LocatedJson json)
    {
        if (json.Kind is not JsonTokenType.StartArray)
        {
            Fault(json, "must be a list, in square brackets.");
        }

        return json.Items;
    }

    private Dictionary<string, LocatedJson> Members(LocatedJson json, IReadOnlyCollection<string> known, IReadOnlyCollection<string> required)
    {
        Dictionary<string, LocatedJson> members = [];

        if (json.Kind is not JsonTokenType.StartObject)
        {
            Fault(json, "must be an object, in curly brackets.");
            return members;
        }

        foreach (var (name, value) in json.Members)
        {
            if (!known.Contains(name.Text))
            {
                Fault(name, Spelling.Nearest(name.Text, known) is { } meant
                    ? $"\"{name.Text}\" is no member; presumably {meant} is meant."
                    : $"\"{name.Text}\" is no member; here there are {string.Join(", ", known)}.");
            }
            else if (!members.TryAdd(name.Text, value))
            {
                Fault(name, $"\"{name.Text}\" stands here a second time.");
            }
        }

        foreach (var name in required.Except(members.Keys))
        {
            Fault(json, $"\"{name}\" is missing.");
        }

        return members;
    }

    private void Fault(LocatedJson place, string message) => _faults.Add(new(place.Line, place.Column, message));

    [GeneratedRegex("^P(?<count>[0-9]{1,4})D$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Days();
}
