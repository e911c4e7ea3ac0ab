using System.Globalization;

namespace HardenedService.Operations.Recovery;

/// <summary>How a timeline came about: which ones were left for it, and where, oldest first.</summary>
/// <param name="Timeline">The timeline.</param>
/// <param name="Left">Each timeline before it, and the position at which it was left.</param>
internal sealed record TimelineHistory(uint Timeline, IReadOnlyList<WalPosition> Left)
{
    /// <summary>Reads PostgreSQL's form: in each line a timeline, where it was left, and why.</summary>
    /// <exception cref="RecoveryException">It is something else.</exception>
    public static TimelineHistory Parse(WalFile file, string text)
    {
        List<WalPosition> left = [];

        foreach (var line in text.Split('\n').Select(line => line.Split('\t')).Where(line => line.Length > 1))
        {
            left.Add(
                uint.TryParse(line[0], NumberStyles.None, CultureInfo.InvariantCulture, out var timeline) && WalPosition.TryParse(line[1], out var position)
                    ? new(timeline, position)
                    : throw Fault());
        }

        return left.Count > 0 ? new(file.Timeline, left) : throw Fault();

        RecoveryException Fault() => new($"{file.Path} is no history of a timeline.");
    }

    /// <summary>Where a timeline was left on the way to this one; null if it does not lead here.</summary>
    public ulong? LeftAt(uint timeline) => Left.FirstOrDefault(place => place.Timeline == timeline)?.Position;

    /// <summary>Whether what stood at a position is part of what this timeline goes on from.</summary>
    public bool GoesOnFrom(WalPosition position) => position.Timeline == Timeline || LeftAt(position.Timeline) >= position.Position;
}
