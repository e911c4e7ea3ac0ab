using System.Security.Cryptography.X509Certificates;
using System.Xml.Linq;
using HardenedService.Platform.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Security;

/// <summary>Keeps the data-protection keys in PostgreSQL, so that every replica reads what another one encrypted.</summary>
internal sealed class KeyRing(NpgsqlDataSource database) : IXmlRepository
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = database.CreateCommand("select xml from platform.data_protection_keys order by id");
        using var reader = command.ExecuteReader();
        var elements = new List<XElement>();

        while (reader.Read())
        {
            elements.Add(XElement.Parse(reader.GetString(0)));
        }

        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var command = database.CreateCommand("insert into platform.data_protection_keys (friendly_name, xml) values ($1, $2)");
        command.Parameters.Add(new() { Value = friendlyName });
        command.Parameters.Add(new() { Value = Backdated(element).ToString(SaveOptions.DisableFormatting) });
        command.ExecuteNonQuery();
    }

    /// <summary>
    /// A key that is used at once has been valid for a while: to a replica whose clock is behind it would lie in the future, and the replica would
    /// make and use another one, of which those that started earlier hear within a day.
    /// </summary>
    internal static XElement Backdated(XElement element)
    {
        var key = new XElement(element);

        if (key.Element("creationDate") is { } creation && key.Element("activationDate") is { } activation && (DateTimeOffset)activation <= (DateTimeOffset)creation)
        {
            activation.SetValue((DateTimeOffset)creation - ClockSkew);
        }

        return key;
    }
}

/// <summary>Puts the ring into the database, and warns of a certificate that has expired.</summary>
internal sealed partial class KeyRingSetup(
    NpgsqlDataSource database, IOptions<KeyRingOptions> options, TimeProvider clock, ILogger<KeyRing> logger)
    : IConfigureOptions<KeyManagementOptions>
{
    public void Configure(KeyManagementOptions keys)
    {
        keys.XmlRepository = new KeyRing(database);

        if (options.Value.Certificate is null)
        {
            // Only Development comes here. Made without services, it does not warn of it at every start.
            keys.XmlEncryptor = new NullXmlEncryptor();
            return;
        }

        using var certificate = options.Value.Certificate.Open().Certificate;

        if (certificate is not null && certificate.NotAfter < clock.GetLocalNow().DateTime)
        {
            LogExpired(certificate.NotAfter);
        }
    }

    [LoggerMessage(
        EventId = 1301,
        EventName = "KeyRingCertificateExpired",
        Level = LogLevel.Warning,
        Message = "The key ring's certificate expired on {NotAfter}; it still works, but make a new one and keep it among KeyRing:OlderCertificates")]
    private partial void LogExpired(DateTime notAfter);
}

internal static class KeyRingExtensions
{
    public static void AddKeyRing(this WebApplicationBuilder builder)
    {
        builder.AddOptions<KeyRingOptions>(KeyRingOptions.Section);
        builder.Services.AddSingleton<IConfigureOptions<KeyManagementOptions>, KeyRingSetup>();
        var protection = builder.Services.AddDataProtection().SetApplicationName("hardened-service");

        // Data protection takes certificates at registration only. One that cannot be opened is a fault which stops the start.
        var ring = builder.Configuration.GetSection(KeyRingOptions.Section).Get<KeyRingOptions>() ?? new();

        if (ring.Certificate?.Open().Certificate is { } certificate)
        {
            protection.ProtectKeysWithCertificate(certificate);
        }

        protection.UnprotectKeysWithAnyCertificate([.. ring.OlderCertificates.Select(older => older.Open().Certificate).OfType<X509Certificate2>()]);
    }
}
