using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardenedService.Platform.Configuration;

namespace HardenedService.Platform.Security;

/// <summary>A certificate with its RSA key, in a PFX file or in PEM files.</summary>
public sealed record KeyRingCertificate : IValidatableObject, IProductionRules
{
    /// <summary>The PFX file, or the PEM file of the certificate.</summary>
    [Required]
    public string File { get; init; } = "";

    /// <summary>The PEM file of the key; null if <see cref="File"/> holds it too. Default: null.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The password of the PFX file or of the PEM key; null if there is none. Default: null.</summary>
    public string? Password { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var (certificate, fault) = Open();
        certificate?.Dispose();

        if (fault is not null)
        {
            yield return fault;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        if (DevelopmentSecret.Recognizes(Password))
        {
            yield return new ValidationResult(DevelopmentSecret.Fault, [nameof(Password)]);
        }
    }

    /// <summary>Says nothing of the password, which a record would print into the first log that it meets.</summary>
    public override string ToString() => File;

    /// <summary>Opens the files; what is wrong with them comes back as a fault.</summary>
    internal (X509Certificate2? Certificate, ValidationResult? Fault) Open()
    {
        try
        {
            var certificate = Read();

            // Data protection wraps its keys by RSA, and by nothing else.
            if (certificate.HasPrivateKey && certificate.GetRSAPrivateKey() is not null)
            {
                return (certificate, null);
            }

            certificate.Dispose();
            return (null, new ValidationResult("holds no RSA private key; a PFX with its key, or PEM with a KeyFile, is expected.", [nameof(File)]));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var unread = IsReadable(File) ? nameof(KeyFile) : nameof(File);
            return (null, new ValidationResult("cannot be read: is the file there, and may this user read it?", [unread]));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return (null, new ValidationResult(
                "cannot be opened; a PFX or PEM certificate with an RSA private key is expected, and the Password that it has.", [nameof(File)]));
        }
    }

    private static bool IsReadable(string file)
    {
        try
        {
            using var stream = System.IO.File.OpenRead(file);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private X509Certificate2 Read()
    {
        if (!System.IO.File.ReadAllText(File).Contains("-----BEGIN", StringComparison.Ordinal))
        {
            return X509CertificateLoader.LoadPkcs12FromFile(File, Password);
        }

        return string.IsNullOrEmpty(Password)
            ? X509Certificate2.CreateFromPemFile(File, KeyFile)
            : X509Certificate2.CreateFromEncryptedPemFile(File, Password, KeyFile);
    }
}
