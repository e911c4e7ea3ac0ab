using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Platform.Idempotency;

/// <summary>The client's name for one thing that shall happen once.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    // What the document tells clients of IsValid.
    public const string Pattern = "^[!-~]{1,255}$";
    public const string Example = "0197f2f4-7c1e-7d3a-9c55-2b1f3a5e8d01";

    private const int MaxLength = 255;

    /// <summary>One value of 1 to 255 visible ASCII characters.</summary>
    public static bool IsValid(string key) => key.Length is >= 1 and <= MaxLength && !key.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>What a key is stored under: nobody meets another person's keys, nor their own of another call.</summary>
    public static byte[] Scope(string key, Guid userId, HttpRequest request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendPart(userId.ToByteArray());
        hash.AppendPart(request.Method);
        hash.AppendPart(request.PathBase.Add(request.Path).Value);
        hash.AppendPart(key);

        return hash.GetHashAndReset();
    }
}
