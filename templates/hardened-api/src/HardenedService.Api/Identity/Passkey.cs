using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace HardenedService.Api.Identity;

/// <summary>A credential that somebody signs in with: the public half of a key that an authenticator holds (WebAuthn, section 4).</summary>
internal sealed class Passkey
{
    /// <summary>How many an account has at most.</summary>
    public const int MaxPerAccount = 20;

    /// <summary>The most characters of JSON that a browser's answer has: many times what it needs without attestation.</summary>
    public const int MaxCredentialLength = 16 * 1024;

    /// <summary>What its owner calls it by in a path.</summary>
    public Guid Id { get; init; }

    public Guid AccountId { get; init; }

    /// <summary>What the authenticator calls it.</summary>
    public required byte[] CredentialId { get; init; }

    /// <summary>In COSE's encoding (RFC 9052).</summary>
    public required byte[] PublicKey { get; init; }

    public string? Name { get; init; }

    /// <summary>How often the authenticator says that it has signed; 0 if it does not count.</summary>
    public long SignCount { get; init; }

    public required string[] Transports { get; init; }

    public bool IsBackupEligible { get; init; }

    public bool IsBackedUp { get; init; }

    public DateTime CreatedAt { get; init; }

    public DateTime? LastUsedAt { get; init; }

    /// <summary>
    /// As Identity's handler takes it: without the counter. It is compared where it is written, in one statement (SignInWithPasskey): of
    /// two uses at once both would be ahead of what was read before.
    /// </summary>
    public UserPasskeyInfo ToInfo() => new(
        CredentialId,
        PublicKey,
        new DateTimeOffset(CreatedAt),
        signCount: 0,
        Transports,
        isUserVerified: true,
        IsBackupEligible,
        IsBackedUp,
        attestationObject: [],
        clientDataJson: []);

    public static void Map(EntityTypeBuilder<Passkey> passkey)
    {
        passkey.ToTable("passkeys");
        passkey.Property(p => p.Id).ValueGeneratedNever();
        passkey.HasIndex(p => p.CredentialId).IsUnique();
        passkey.Property(p => p.CreatedAt).ValueGeneratedOnAdd();
        passkey.HasOne<Account>().WithMany().HasForeignKey(p => p.AccountId).OnDelete(DeleteBehavior.Cascade);
    }
}
