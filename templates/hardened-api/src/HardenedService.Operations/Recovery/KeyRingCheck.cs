using HardenedService.Platform.Security;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>Opens every key in a database with the certificates of <c>KeyRing</c>.</summary>
internal static class KeyRingCheck
{
    /// <returns>How many keys there are; null if no certificate is named.</returns>
    /// <exception cref="RecoveryException">A certificate or a key cannot be opened.</exception>
    public static async Task<int?> RunAsync(IConfiguration configuration, string connectionString)
    {
        var ring = configuration.GetSection(KeyRingOptions.Section).Get<KeyRingOptions>();

        if (ring is not { Certificate: { File.Length: > 0 } certificate })
        {
            return null;
        }

        var certificates = ring.OlderCertificates.Prepend(certificate).Select(named => named.Open() is { Certificate: { } opened }
            ? opened
            : throw new RecoveryException($"The certificate {named.File} of KeyRing cannot be opened."));
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });
        var services = new ServiceCollection();
        services.AddDataProtection().UnprotectKeysWithAnyCertificate([.. certificates]);
        services.Configure<KeyManagementOptions>(options => options.XmlRepository = new KeyRing(database));
        await using var provider = services.BuildServiceProvider();

        try
        {
            var keys = provider.GetRequiredService<IKeyManager>().GetAllKeys();

            foreach (var key in keys)
            {
                _ = key.CreateEncryptor() ?? throw new RecoveryException($"The key {key.KeyId} of the key ring does not open.");
            }

            return keys.Count;
        }
        catch (Exception exception) when (exception is not (NpgsqlException or RecoveryException))
        {
            throw new RecoveryException(
                $"The key ring does not open with the certificates of KeyRing: second factors and waiting messages would be lost ({exception.Message}).", exception);
        }
    }
}
