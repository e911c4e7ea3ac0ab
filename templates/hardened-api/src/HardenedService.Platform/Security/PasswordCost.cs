namespace HardenedService.Platform.Security;

/// <summary>What a password's hash costs, whoever makes it: PBKDF2 with HMAC-SHA-512.</summary>
public static class PasswordCost
{
    /// <summary>Iterations. OWASP's figure for PBKDF2 with SHA-512 is 210,000; we stay above it.</summary>
    public const int Iterations = 220_000;
}
