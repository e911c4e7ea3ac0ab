using System.Security.Cryptography;
using System.Text;

namespace HardenedService.Operations.Databases;

/// <summary>
/// What PostgreSQL stores of a password (RFC 5803). Made on this side, as psql's <c>\password</c> does, it keeps the
/// password itself out of the statement, and so out of the server's log.
/// </summary>
internal static class ScramVerifier
{
    private const int DefaultIterations = 4096;
    private const int SaltLength = 16;

    /// <summary>A verifier with a fresh salt. Its alphabet needs no quoting inside an SQL literal.</summary>
    /// <param name="password">The password.</param>
    /// <param name="iterations">What a guess costs whoever has the verifier, and a connection its client. Default: PostgreSQL's own, 4096.</param>
    /// <exception cref="ArgumentException">The password is empty, or not in printable ASCII.</exception>
    public static string Create(string password, int iterations = DefaultIterations)
    {
        // Beyond ASCII both sides would have to agree on a normal form first (RFC 4013).
        if (password.Length == 0 || password.Any(character => character is < ' ' or > '~'))
        {
            throw new ArgumentException("A role's password must be printable ASCII, and not empty.", nameof(password));
        }

        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            password, salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var storedKey = SHA256.HashData(Key(salted, "Client Key"));
        var serverKey = Key(salted, "Server Key");

        return $"SCRAM-SHA-256${iterations}:{Convert.ToBase64String(salt)}"
            + $"${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
    }

    private static byte[] Key(byte[] salted, string name) => HMACSHA256.HashData(salted, Encoding.ASCII.GetBytes(name));
}
