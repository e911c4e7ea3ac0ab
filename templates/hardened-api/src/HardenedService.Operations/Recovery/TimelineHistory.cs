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
        try
        {
            var left = text.Split('\n').Select(line => line.Split('\t')).Where(line => line.Length > 1)
                .Select(line => new WalPosition(uint.Parse(line[0], System.Globalization.CultureInfo.InvariantCulture), WalPosition.Parse(line[1])))
                .ToList();

            return left.Count > 0 ? new(file.Timeline, left) : throw new FormatException();
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new RecoveryException($"{file.Path} is no history of a timeline.", exception);
        }
    }

    /// <summary>Where a timeline was left on the way to this one; null if it does not lead here.</summary>
    public ulong? LeftAt(uint timeline) => Left.FirstOrDefault(place => place.Timeline == timeline)?.Position;

    /// <summary>Whether what stood at a position is part of what this timeline goes on from.</summary>
    public bool GoesOnFrom(WalPosition position) => position.Timeline == Timeline || LeftAt(position.Timeline) >= position.Position;
}
