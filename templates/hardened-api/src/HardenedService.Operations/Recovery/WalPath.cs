namespace HardenedService.Operations.Recovery;

/// <summary>Where archived WAL leads to from a backup.</summary>
/// <param name="Timeline">The timeline to follow, as PostgreSQL's <c>recovery_target_timeline</c>.</param>
/// <param name="Segments">How many segments there are that the backup itself does not hold.</param>
/// <param name="Reaches">Where the last of them begins: who replays them all gets past that.</param>
internal sealed record WalPath(string Timeline, int Segments, ulong Reaches)
{
    /// <summary>Finds it. Gaps are found here, since PostgreSQL takes a missing segment for the end, and a timeline whose history is missing for none.</summary>
    /// <param name="manifest">The backup.</param>
    /// <param name="files">The segments, and the histories of later timelines.</param>
    /// <param name="archive">Where they lie.</param>
    /// <param name="unpacked">Where they were unpacked to.</param>
    /// <exception cref="RecoveryException">Something is missing.</exception>
    public static WalPath Follow(BackupManifest manifest, IReadOnlyCollection<WalFile> files, string archive, string unpacked)
    {
        var size = manifest.WalSegmentSize;
        var (start, end) = (manifest.Start!.Timeline, manifest.End!.Segment(size));
        var segments = files.Where(file => file.IsSegment).ToLookup(file => file.Timeline, file => file.Number(size)!.Value);
        var timeline = files.Select(file => file.Timeline).Append(start).Max();

        if (segments.FirstOrDefault(of => of.Key > start && !files.Any(file => file.IsHistory && file.Timeline == of.Key)) is { } lost)
        {
            throw new RecoveryException(
                $"{archive} lacks {lost.Key:X8}.history, which tells where the timeline begins whose WAL is there: bring it by backup wal from pg_wal of the server that wrote that.");
        }

        var all = segments.SelectMany(of => of).ToHashSet();
        var last = segments[timeline].DefaultIfEmpty().Max();

        // A timeline may have a history and no segment yet: the one before leads to where it begins.
        if (last == 0 && timeline > start)
        {
            last = Math.Min(all.DefaultIfEmpty().Max(), (Fork(Path.Combine(unpacked, $"{timeline:X8}.history")) / (ulong)size) - 1);
        }

        var expected = end + 1;

        foreach (var number in all.Where(number => number > end && number <= last).Order())
        {
            if (number != expected)
            {
                throw new RecoveryException(
                    $"{archive} lacks the WAL segment {WalFile.NameOf(expected, size)} (on whichever timeline): there is nothing between the backup and {WalFile.NameOf(number, size)} to lead there. "
                        + "Restore to a moment before, from a copy of the archive that has it, or from a newer backup.");
            }

            expected++;
        }

        return new(timeline == start ? "current" : $"{timeline}", (int)(expected - end - 1), last * (ulong)size);
    }

    // Each line of a history is a timeline, and where the next one left it.
    private static ulong Fork(string history) =>
        File.ReadAllLines(history).Select(line => line.Split('\t')).LastOrDefault(line => line.Length > 1) is [_, var position, ..]
            ? WalPosition.Parse(position)
            : throw new RecoveryException($"{history} is no history of a timeline.");
}
