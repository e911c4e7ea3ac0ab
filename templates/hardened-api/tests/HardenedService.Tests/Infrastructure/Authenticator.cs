using System.Buffers.Binary;
using System.Buffers.Text;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HardenedService.Tests.Infrastructure;

/// <summary>What an authenticator and its browser say in a ceremony. As it is, the truth; changed, a lie.</summary>
internal sealed record Statement
{
    public const byte UserPresent = 1;
    public const byte UserVerified = 4;

    public string Origin { get; init; } = "https://service.example";

    public string RpId { get; init; } = "service.example";

    /// <summary>Null for the one of the options.</summary>
    public string? Challenge { get; init; }

    /// <summary>Null for that of the ceremony.</summary>
    public string? Type { get; init; }

    public byte Flags { get; init; } = UserPresent | UserVerified;

    /// <summary>Null for one more than the last time.</summary>
    public uint? Counter { get; init; }

    /// <summary>Null for the one of the options that made the credential.</summary>
    public string? UserHandle { get; init; }

    public bool CrossOrigin { get; init; }

    public string? TopOrigin { get; init; }

    public bool SpoilSignature { get; init; }
}

/// <summary>
/// A security key made of software, with the browser around it: it holds one discoverable ES256 credential, and says what it is told to
/// (WebAuthn, sections 6 and 7).
/// </summary>
internal sealed class Authenticator : IDisposable
{
    private const byte AttestedCredentialData = 0x40;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _credentialId = RandomNumberGenerator.GetBytes(32);
    private string? _userHandle;

    /// <summary>How often it has signed. 0 and never moved if <see cref="Counts"/> is false.</summary>
    public uint Counter { get; set; }

    public bool Counts { get; init; } = true;

    public string CredentialId => Base64Url.EncodeToString(_credentialId);

    /// <summary>What <c>navigator.credentials.create</c> answers with.</summary>
    public JsonObject Create(JsonElement options, Statement? statement = null)
    {
        statement ??= new Statement();
        _userHandle = options.GetProperty("user").GetProperty("id").GetString();

        return Credential(new JsonObject
        {
            ["clientDataJSON"] = Encoded(ClientData("webauthn.create", options, statement)),
            ["attestationObject"] = Encoded(Attestation([.. Data(statement, AttestedCredentialData), .. CredentialData()])),
            ["transports"] = new JsonArray("internal", "hybrid", "telepathy"),
        });
    }

    /// <summary>What <c>navigator.credentials.get</c> answers with.</summary>
    public JsonObject Get(JsonElement options, Statement? statement = null)
    {
        statement ??= new Statement();
        var (client, data) = (ClientData("webauthn.get", options, statement), Data(statement));
        var signature = _key.SignData([.. data, .. SHA256.HashData(client)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        signature[^1] ^= (byte)(statement.SpoilSignature ? 1 : 0);

        return Credential(new JsonObject
        {
            ["clientDataJSON"] = Encoded(client),
            ["authenticatorData"] = Encoded(data),
            ["signature"] = Encoded(signature),
            ["userHandle"] = statement.UserHandle ?? _userHandle,
        });
    }

    /// <summary>The attestation object around some authenticator data.</summary>
    public static byte[] Attestation(byte[] data)
    {
        var writer = new CborWriter(CborConformanceMode.Ctap2Canonical);
        writer.WriteStartMap(3);
        writer.WriteTextString("fmt");
        writer.WriteTextString("none");
        writer.WriteTextString("attStmt");
        writer.WriteStartMap(0);
        writer.WriteEndMap();
        writer.WriteTextString("authData");
        writer.WriteByteString(data);
        writer.WriteEndMap();

        return writer.Encode();
    }

    public static string Encoded(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    public void Dispose() => _key.Dispose();

    private JsonObject Credential(JsonObject response) => new()
    {
        ["id"] = CredentialId,
        ["rawId"] = CredentialId,
        ["type"] = "public-key",
        ["authenticatorAttachment"] = "platform",
        ["clientExtensionResults"] = new JsonObject(),
        ["response"] = response,
    };

    private static byte[] ClientData(string type, JsonElement options, Statement statement)
    {
        var data = new JsonObject
        {
            ["type"] = statement.Type ?? type,
            ["challenge"] = statement.Challenge ?? options.GetProperty("challenge").GetString(),
            ["origin"] = statement.Origin,
            ["crossOrigin"] = statement.CrossOrigin,
        };

        if (statement.TopOrigin is not null)
        {
            data["topOrigin"] = statement.TopOrigin;
        }

        return Encoding.UTF8.GetBytes(data.ToJsonString());
    }

    private byte[] Data(Statement statement, byte flags = 0)
    {
        Counter = statement.Counter ?? (Counts ? Counter + 1 : 0);
        var counter = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(counter, Counter);

        return [.. SHA256.HashData(Encoding.UTF8.GetBytes(statement.RpId)), (byte)(statement.Flags | flags), .. counter];
    }

    // The model of the authenticator, which it keeps to itself, its credential, and the public key in COSE's encoding (RFC 9053, section 2.1).
    private byte[] CredentialData()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        var writer = new CborWriter(CborConformanceMode.Ctap2Canonical);
        writer.WriteStartMap(5);

        foreach (var (label, value) in new[] { (1, 2), (3, -7), (-1, 1) })
        {
            writer.WriteInt32(label);
            writer.WriteInt32(value);
        }

        writer.WriteInt32(-2);
        writer.WriteByteString(point.X!);
        writer.WriteInt32(-3);
        writer.WriteByteString(point.Y!);
        writer.WriteEndMap();

        return [.. new byte[16], 0, (byte)_credentialId.Length, .. _credentialId, .. writer.Encode()];
    }
}
