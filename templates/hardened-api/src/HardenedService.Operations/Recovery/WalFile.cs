using System.Globalization;
using System.Text.RegularExpressions;

namespace HardenedService.Operations.Recovery;

/// <summary>
/// A file that PostgreSQL archives, as its name tells: a segment, half of one at whose end another timeline begins, the history of a timeline, or the
/// label of a backup.
/// </summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Name">PostgreSQL's name of it.</param>
/// <param name="Sha256">The sum of what is stored, which follows that name; empty for a file of PostgreSQL's own.</param>
internal sealed partial record WalFile(string Path, string Name, string Sha256)
{
    private const int SegmentNameLength = 24;

    public uint Timeline => Hexadecimal(0);

    public bool IsSegment => Name.Length == SegmentNameLength;

    public bool IsHistory => Name.EndsWith(".history", StringComparison.Ordinal);

    /// <summary>The number of its segment in the order of all, whichever timeline it is on; null for a history.</summary>
    public ulong? Number(long segmentSize) => IsHistory ? null : (Hexadecimal(8) * SegmentsOf4Gib(segmentSize)) + Hexadecimal(16);

    /// <summary>How the name of a segment ends, after the timeline.</summary>
    public static string NameOf(ulong number, long segmentSize) => string.Create(
        CultureInfo.InvariantCulture, $"{number / SegmentsOf4Gib(segmentSize):X8}{number % SegmentsOf4Gib(segmentSize):X8}");

    /// <summary>A file of PostgreSQL's; null if that archives none of such a name.</summary>
    public static WalFile? Parse(string path) => Of(path, ServersName().Match(System.IO.Path.GetFileName(path)));

    /// <summary>A file that we have stored; null if it is none.</summary>
    public static WalFile? ParseStored(string path) => Of(path, StoredName().Match(System.IO.Path.GetFileName(path)));

    private static WalFile? Of(string path, Match name) => name.Success ? new(path, name.Groups["name"].Value, name.Groups["sum"].Value) : null;

    private static ulong SegmentsOf4Gib(long segmentSize) => 0x1_0000_0000UL / (ulong)segmentSize;

    private uint Hexadecimal(int at) => uint.Parse(Name.AsSpan(at, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private const string Names = @"(?<name>[0-9A-F]{24}(\.[0-9A-F]{8}\.backup|\.partial)?|[0-9A-F]{8}\.history)";

    [GeneratedRegex($"^{Names}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ServersName();

    [GeneratedRegex($@"^{Names}-(?<sum>[0-9a-f]{{64}})\.gz(\.enc)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StoredName();
}
