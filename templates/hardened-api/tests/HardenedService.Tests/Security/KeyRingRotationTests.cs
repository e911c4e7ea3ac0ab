using System.Security.Cryptography;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Security;

/// <summary>One certificate takes over from another while replicas of both kinds serve.</summary>
[Wall("J2")]
public sealed class KeyRingRotationTests(PostgresServer postgres, Certificates certificates) : IClassFixture<Certificates>
{
    [Fact]
    public async Task After_a_rotation_the_older_certificate_still_reads_what_it_encrypted_and_the_new_one_encrypts()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var next = certificates.KeyRing("new");
        var older = ("KeyRing:Certificate:File", certificates.KeyRing("rotated", "a password"));
        var payload = KeyRingTests.ProtectIn(database, [older, ("KeyRing:Certificate:Password", "a password")]);
        (string, string)[] rotated =
        [
            ("KeyRing:Certificate:File", next),
            ("KeyRing:OlderCertificates:0:File", older.Item2), ("KeyRing:OlderCertificates:0:Password", "a password"),
        ];

        Assert.Equal("kept", KeyRingTests.Unprotect(database, payload, rotated));
        Assert.Throws<CryptographicException>(() => KeyRingTests.Unprotect(database, payload, [("KeyRing:Certificate:File", next)]));
    }

    [Fact]
    public async Task During_a_rotation_replicas_that_know_the_new_one_already_read_what_it_encrypts()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var (present, next) = (certificates.KeyRing("present"), certificates.KeyRing("next"));
        (string, string)[] rotated = [("KeyRing:Certificate:File", next), ("KeyRing:OlderCertificates:0:File", present)];
        var payload = KeyRingTests.ProtectIn(database, rotated);

        Assert.Equal("kept", KeyRingTests.Unprotect(database, payload, [("KeyRing:Certificate:File", present), ("KeyRing:OlderCertificates:0:File", next)]));
        Assert.Throws<CryptographicException>(() => KeyRingTests.Unprotect(database, payload, [("KeyRing:Certificate:File", present)]));
    }
}
