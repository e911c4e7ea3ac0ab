using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Has SmtpClient trust an authority that the machine does not know. It holds for the whole process: no other test's mail goes by TLS.</summary>
internal sealed class MailTrust : IDisposable
{
    // SmtpClient asks nothing else.
#pragma warning disable SYSLIB0014, MA0039
    public MailTrust(X509Certificate2 authority) => ServicePointManager.ServerCertificateValidationCallback = (_, certificate, _, errors) =>
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;

        return !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && chain.Build((X509Certificate2)certificate!);
    };

    public void Dispose() => ServicePointManager.ServerCertificateValidationCallback = null;
#pragma warning restore SYSLIB0014, MA0039
}
