using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

namespace HardenedService.Platform.Security;

/// <summary>Opens what the key ring closed.</summary>
public static class Protectors
{
    /// <summary>Decrypts, if it can be. A key ring that is out of reach for the moment says nothing of the data, and is not taken for that.</summary>
    /// <param name="protector">For the purpose that it was encrypted for.</param>
    /// <param name="data">What was encrypted.</param>
    /// <returns>The data in the clear; null if no key opens it: it was changed, made for another purpose, or its key is lost.</returns>
    /// <exception cref="CryptographicException">The key ring is out of reach; the innermost exception is a <see cref="NpgsqlException"/>.</exception>
    public static byte[]? TryUnprotect(this IDataProtector protector, byte[] data)
    {
        ArgumentNullException.ThrowIfNull(protector);

        try
        {
            return protector.Unprotect(data);
        }
        catch (CryptographicException exception) when (exception.GetBaseException() is not NpgsqlException)
        {
            return null;
        }
    }
}
