using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardenedService.Tests.Infrastructure;

/// <summary>A directory of certificates made for one test class.</summary>
public sealed class Certificates : IDisposable
{
    private static readonly ConcurrentDictionary<string, Lazy<byte[]>> Keys = new(StringComparer.Ordinal);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hardened-service-certificates-");

    public string Path(string name) => System.IO.Path.Combine(_directory.FullName, name);

    /// <summary>A certificate that signs others, for as many days from now as said. Its file holds no key.</summary>
    public X509Certificate2 Authority(string name, int days = 1)
    {
        using var key = Key(name);
        var request = Request(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(days));
        File.WriteAllText(Path($"{name}.crt"), authority.ExportCertificatePem());

        return authority;
    }

    /// <summary>The certificate and the key, both in PEM, of a server that listens on 127.0.0.1. It expires as many hours from now as said.</summary>
    public static (string Certificate, string Key) Server(X509Certificate2 authority, int hours = 12)
    {
        using var key = Key("server");
        var request = Request("127.0.0.1", key);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(
            authority, DateTimeOffset.UtcNow.AddHours(-2), DateTimeOffset.UtcNow.AddHours(hours), RandomNumberGenerator.GetBytes(8));

        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The PFX file of a new key ring certificate, which expires as many days from now as said.</summary>
    public string KeyRing(string name, string? password = null, int days = 1)
    {
        using var key = Key(name);
        using var certificate = Request(name, key).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(days));
        File.WriteAllBytes(Path($"{name}.pfx"), certificate.Export(X509ContentType.Pfx, password));

        return Path($"{name}.pfx");
    }

    /// <summary>A new key ring certificate as two PEM files, the key under a password if one is given.</summary>
    public (string File, string KeyFile) KeyRingPem(string name, string? password = null)
    {
        using var key = Key(name);
        using var certificate = Request(name, key).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path($"{name}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(
            Path($"{name}.key"),
            password is null
                ? key.ExportPkcs8PrivateKeyPem()
                : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));

        return (Path($"{name}.pem"), Path($"{name}.key"));
    }

    /// <summary>A PFX file whose key is none that data protection can use.</summary>
    public string EllipticCurve(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllBytes(Path($"{name}.pfx"), certificate.Export(X509ContentType.Pfx));

        return Path($"{name}.pfx");
    }

    /// <summary>The key of a name: the same one in all tests, since to make one takes longer than most of them.</summary>
    internal static RSA Key(string name)
    {
        var key = RSA.Create();
        key.ImportRSAPrivateKey(Keys.GetOrAdd(name, _ => new(NewKey)).Value, out _);

        return key;
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static byte[] NewKey()
    {
        using var key = RSA.Create(2048);

        return key.ExportRSAPrivateKey();
    }

    private static CertificateRequest Request(string name, RSA key) => new($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}
