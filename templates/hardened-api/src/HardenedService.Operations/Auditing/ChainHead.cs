using System.Globalization;

namespace HardenedService.Operations.Auditing;

/// <summary>A seal of the chain, as it is published.</summary>
/// <param name="Sequence">Its place, from 1.</param>
/// <param name="Hash">Its hash, in hexadecimal digits.</param>
internal sealed record ChainHead(long Sequence, string Hash)
{
    /// <summary>What the first seal is made upon.</summary>
    public static ChainHead Beginning { get; } = new(0, new string('0', 64));

    /// <summary>Reads what <see cref="ToString"/> writes; null if it is something else.</summary>
    public static ChainHead? Parse(string text) =>
        text.Split(':') is [var sequence, { Length: 64 } hash]
            && long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0
            && hash.All(char.IsAsciiHexDigit)
            ? new(number, hash.ToLowerInvariant())
            : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sequence}:{Hash}");
}
