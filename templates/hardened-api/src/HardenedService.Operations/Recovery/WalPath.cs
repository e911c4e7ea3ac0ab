namespace HardenedService.Operations.Recovery;

/// <summary>Where archived WAL leads to from a backup.</summary>
/// <param name="Timeline">The timeline to follow, as PostgreSQL's <c>recovery_target_timeline</c>.</param>
/// <param name="Files">The segments that lead there and that the backup itself does not hold, in their order.</param>
/// <param name="Reaches">Where the last of them begins: who replays them all gets past that.</param>
/// <param name="Ends">Why it leads no further, though there is more in the archive; null if there is not.</param>
internal sealed record WalPath(string Timeline, IReadOnlyList<WalFile> Files, ulong Reaches, string? Ends)
{
    /// <summary>
    /// Finds it. Each segment is taken from the newest timeline that has it: where that one lacks it, PostgreSQL would take what the timeline
    /// before went on to write after it had been left. Gaps are found here as well, since PostgreSQL takes a missing segment for the end.
    /// </summary>
    /// <param name="manifest">The backup.</param>
    /// <param name="lineage">The timeline to follow, and how it came about.</param>
    /// <param name="files">What there is.</param>
    /// <param name="archive">Where it lies.</param>
    /// <param name="isOfMoment">Whether a moment is to be reached: then what is missing ends the path, and PostgreSQL tells if that moment lies beyond.</param>
    /// <exception cref="RecoveryException">Something is missing.</exception>
    public static WalPath Follow(BackupManifest manifest, TimelineHistory lineage, IEnumerable<WalFile> files, string archive, bool isOfMoment)
    {
        var size = manifest.WalSegmentSize;
        var (start, end) = (manifest.Start!.Timeline, manifest.End!.Segment(size));

        // Where each timeline of the path begins. The segment in which the one before was left is copied to the new one.
        var begins = lineage.Left.SkipWhile(place => place.Timeline < start).Select(place => place.Segment(size)).ToList();
        uint[] timelines = [start, .. lineage.Left.Select(place => place.Timeline).Append(lineage.Timeline).Where(timeline => timeline > start)];
        var found = files.Where(file => file.IsSegment && file.Timeline == OwnerOf(file.Number(size)!.Value)).ToDictionary(file => file.Number(size)!.Value);
        var first = OwnerOf(end) == start ? end + 1 : end;

        // What was left must be there up to the place where it was left, whether or not the next one has written anything.
        var last = found.Keys.Append(begins.Count > 0 ? begins[^1] - 1 : 0).Append(end).Max();
        List<WalFile> path = [];
        string? missing = null;

        for (var number = first; number <= last && missing is null; number++)
        {
            if (found.TryGetValue(number, out var file))
            {
                path.Add(file);
            }
            else if (number > end || found.Keys.Any(later => later > number))
            {
                missing = $"{archive} lacks the WAL segment {OwnerOf(number):X8}{WalFile.NameOf(number, size)}, and there is more behind it";
            }
        }

        return missing is null || isOfMoment
            ? new(lineage.Timeline == start ? "current" : $"{lineage.Timeline}", path, path.LastOrDefault()?.Number(size) * (ulong)size ?? 0, missing)
            : throw new RecoveryException($"{missing}. Restore to a moment before (--at), from a copy of the archive that has it, or from a newer backup.");

        uint OwnerOf(ulong number) => timelines[begins.Count(begin => begin <= number)];
    }

    /// <summary>The same, up to a file that cannot be used.</summary>
    public WalPath Before(WalFile unusable, long segmentSize, string why)
    {
        var usable = Files.TakeWhile(file => file != unusable).ToList();

        return this with { Files = usable, Reaches = usable.LastOrDefault()?.Number(segmentSize) * (ulong)segmentSize ?? 0, Ends = why };
    }
}
