using System.Security.Cryptography;
using System.Text;

namespace HardenedService.Operations.Readiness.Recording;

/// <summary>What a test alert says and nobody else knows: whoever can tell it got the alert.</summary>
internal static class AlertToken
{
    // Without those that are mistaken for others, on the telephone as well.
    private const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private const int Length = 8;

    /// <summary>For how long it can be told.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    public static string New() => RandomNumberGenerator.GetString(Letters, Length);

    /// <summary>What is recorded of it. It may be told in small letters, and with blanks.</summary>
    public static string Hash(string token) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(token.Where(character => !char.IsWhiteSpace(character))).ToUpperInvariant())));
}
