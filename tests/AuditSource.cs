using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HardenedStarter.Tests;

/// <summary>
/// A source that tells NuGet of vulnerabilities (the resource VulnerabilityInfo 6.7.0) and holds no packages: what a feed of this machine knows shall
/// decide nothing.
/// </summary>
internal sealed class AuditSource : IDisposable
{
    /// <summary>The one advisory that it knows.</summary>
    public const string Advisory = "https://github.com/advisories/GHSA-5crp-9r3c-p9vr";

    private readonly HttpListener _listener = new();
    private readonly string _address;
    private readonly string _known;

    private AuditSource(bool knows)
    {
        _known = knows ? $$"""{ "newtonsoft.json": [{ "url": "{{Advisory}}", "severity": 2, "versions": "(, 13.0.1)" }] }""" : "{}";

        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        }

        _listener.Prefixes.Add(_address);
        _listener.Start();
        _ = AnswerAsync();
    }

    /// <summary>Starts one, and has a solution ask it.</summary>
    /// <param name="solution">The solution's folder.</param>
    /// <param name="knows">Whether it knows anything.</param>
    public static AuditSource Start(string solution, bool knows)
    {
        var source = new AuditSource(knows);
        File.WriteAllText(
            Path.Combine(solution, "nuget.config"),
            $"""<configuration><auditSources><clear /><add key="audit" value="{source._address}index.json" allowInsecureConnections="true" /></auditSources></configuration>""");

        return source;
    }

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var call = await _listener.GetContextAsync();
                var answer = call.Request.Url!.AbsolutePath switch
                {
                    "/index.json" => $$"""{ "version": "3.0.0", "resources": [{ "@id": "{{_address}}pages.json", "@type": "VulnerabilityInfo/6.7.0" }] }""",
                    "/pages.json" => $$"""[{ "@name": "base", "@id": "{{_address}}base.json", "@updated": "2026-01-01T00:00:00Z" }]""",
                    _ => _known,
                };
                call.Response.ContentType = "application/json";
                call.Response.Close(Encoding.UTF8.GetBytes(answer), willBlock: false);
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
