using System.Globalization;

namespace HardenedService.Operations.Readiness.Recording;

/// <summary>What a fact has to look like.</summary>
internal enum FactForm
{
    Text,

    /// <summary>true or false.</summary>
    Truth,

    /// <summary>Zero, or more.</summary>
    Number,
}

/// <summary>Without these a record that is made by hand would prove nothing; what else there is to tell is up to whoever records it.</summary>
internal static class NeededFacts
{
    private static readonly Dictionary<string, (string Name, FactForm Form)[]> ByKind = new()
    {
        [EvidenceKind.AlertDelivery] = [],
        [EvidenceKind.LoadTest] =
        [
            ("users", FactForm.Number), ("accounts", FactForm.Number), ("seconds", FactForm.Number), ("calls", FactForm.Number), ("offeredRate", FactForm.Number),
            ("mix", FactForm.Text), ("p99Milliseconds", FactForm.Number), ("errorRatio", FactForm.Number), ("limitedRatio", FactForm.Number), ("url", FactForm.Text),
        ],
        [EvidenceKind.PrivacyRehearsal] = [("sections", FactForm.Number), ("tables", FactForm.Number)],
        [EvidenceKind.Release] = [("version", FactForm.Text)],
        [EvidenceKind.RestoreDrill] = [("lostSeconds", FactForm.Number), ("tookSeconds", FactForm.Number), ("apiStarted", FactForm.Truth)],
        [EvidenceKind.RollbackRehearsal] = [("from", FactForm.Text), ("to", FactForm.Text)],
        [EvidenceKind.SecurityReview] = [],
    };

    /// <summary>What may be recorded by hand.</summary>
    public static IReadOnlyCollection<string> Kinds => ByKind.Keys;

    /// <summary>All of it in a few sentences.</summary>
    public static string Summary => string.Join(" ", ByKind.Where(kind => kind.Value.Length > 0).Select(kind => $"{kind.Key} needs {Join(kind.Value.Select(fact => fact.Name))}."));

    /// <summary>What a fact of this kind has to look like; null if that is up to whoever records it.</summary>
    public static FactForm? FormOf(string kind, string name) => Of(kind).Where(fact => fact.Name == name).Select(fact => (FactForm?)fact.Form).FirstOrDefault();

    /// <summary>Sees to it that all are there.</summary>
    /// <exception cref="UsageException">Some are not, or contradict one another.</exception>
    public static void Demand(string kind, IReadOnlyDictionary<string, object> told)
    {
        if (Of(kind).Where(fact => !told.ContainsKey(fact.Name)).Select(fact => $"--fact {fact.Name}=…").ToList() is { Count: > 0 } missing)
        {
            throw new UsageException($"{kind} needs {Join(missing)}.");
        }

        if (kind == EvidenceKind.RollbackRehearsal && told["from"].Equals(told["to"]))
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"From {told["from"]} to {told["to"]} nothing is taken back."));
        }
    }

    private static (string Name, FactForm Form)[] Of(string kind) => ByKind.GetValueOrDefault(kind) ?? [];

    private static string Join(IEnumerable<string> names) => string.Join(" and ", names);
}
