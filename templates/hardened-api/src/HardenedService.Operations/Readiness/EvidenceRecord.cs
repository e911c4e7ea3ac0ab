using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace HardenedService.Operations.Readiness;

/// <summary>The kinds of evidence that there are.</summary>
internal static class EvidenceKind
{
    public const string Backup = "backup";
    public const string RestoreDrill = "restore_drill";
    public const string LoadTest = "load_test";
    public const string RollbackRehearsal = "rollback_rehearsal";
    public const string Release = "release";
    public const string AlertTest = "alert_test";
    public const string AlertDelivery = "alert_delivery";
    public const string PrivacyRehearsal = "privacy_rehearsal";
    public const string SecurityReview = "security_review";
    public const string AuditWalk = "audit_walk";
}

/// <summary>Something that was proved by being done.</summary>
/// <param name="Kind">What, of <see cref="EvidenceKind"/>.</param>
/// <param name="RecordedAt">When, by the database's clock, in whole microseconds.</param>
/// <param name="Facts">What came of it: a JSON object, as it was written.</param>
internal sealed record EvidenceRecord(string Kind, DateTimeOffset RecordedAt, string Facts)
{
    private readonly JsonElement _facts = JsonSerializer.Deserialize<JsonElement>(Facts);

    /// <summary>
    /// Made of all the rest, as a UUID of version 8 (RFC 9562, 5.8): the first 122 bits of a SHA-256, in which each part is told apart by its length.
    /// What is changed has another id.
    /// </summary>
    public Guid Id
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> number = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(number, RecordedAt.UtcTicks / TimeSpan.TicksPerMicrosecond);
            hash.AppendData(number);

            foreach (var part in new[] { Kind, Facts })
            {
                var bytes = Encoding.UTF8.GetBytes(part);
                BinaryPrimitives.WriteInt64BigEndian(number, bytes.Length);
                hash.AppendData(number);
                hash.AppendData(bytes);
            }

            var id = hash.GetHashAndReset().AsSpan(0, 16);
            id[6] = (byte)((id[6] & 0x0f) | 0x80);
            id[8] = (byte)((id[8] & 0x3f) | 0x80);

            return new Guid(id, bigEndian: true);
        }
    }

    /// <summary>A fact as text; null if there is none of this name.</summary>
    public string? Fact(string name) => Value(name)?.ToString();

    /// <summary>A fact as a number; null if there is none of this name, or it is no number.</summary>
    public double? Number(string name) => Value(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) ? number : null;

    /// <summary>Whether a fact of this name is there, and true.</summary>
    public bool Says(string name) => Value(name) is { ValueKind: JsonValueKind.True };

    private JsonElement? Value(string name) => _facts.TryGetProperty(name, out var value) ? value : null;
}
