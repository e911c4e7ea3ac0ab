#:sdk Microsoft.NET.Sdk.Web
#:project ../../templates/hardened-api/src/HardenedService.Platform/HardenedService.Platform.csproj
#:property PublishAot=false
#:property InvariantGlobalization=false

// One of the servers that `bench` compares, chosen by the only argument: a bare minimal API, or the platform's pipeline up to a layer.
// As in Production, behind a proxy on this machine. Built and started by the verb; compiled apart from the tool, which is why it stands in a file of its own.

using System.Reflection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardenedService.Platform;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

const string Bare = "bare";
const string Services = "services";
const string Whole = "whole";

// In the order of PlatformExtensions.UsePlatform, which a new layer has to be added to as well.
string[] layers =
[
    "UseDraining", "UseRequestRecord", "UseSecurityHeaders", "UseErrors", "UseForwardedHeaders", "UseHostCheck", "UseHttpsOnly", "UseCorsHeaders",
    "UseRequestLimits", "UseMethods", "UseStrictQuery", "UseBodyGuard", "UseStrictBody", "UseAddressLimit", "UsePreflights", "UseCrossSiteGuard",
    "UseDocsPage", "UseRouting", "UseSessions", "UseUserLimit", "UseAuthorization", "UseAcceptedTypes",
];
string[] within = ["UseUnsentBody"];

var steps = typeof(PlatformExtensions).Assembly.GetTypes()
    .Where(type => type is { IsAbstract: true, IsSealed: true } && type != typeof(PlatformExtensions))
    .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
    .Where(method => method.Name.StartsWith("Use", StringComparison.Ordinal) && method.GetParameters() is [{ ParameterType: var type }] && type == typeof(WebApplication))
    .ToDictionary(method => method.Name);

if (steps.Keys.Except([.. layers, .. within], StringComparer.Ordinal).Concat(layers.Where(layer => !steps.ContainsKey(layer) && !IsFrameworks(layer))).ToList() is { Count: > 0 } strange)
{
    Console.Error.WriteLine($"The layers of UsePlatform have changed; say where in PipelineHost.cs: {string.Join(", ", strange)}.");
    return 1;
}

if (args is not [var variant] || (variant is not (Bare or Services or Whole) && !layers.Contains(variant)))
{
    // What there is to compare, for the verb.
    Console.WriteLine(string.Join('\n', [Bare, Services, .. layers, Whole]));
    return 0;
}

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });

if (variant != Bare)
{
    builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Service:Address"] = "127.0.0.1",
        ["Service:Port"] = "0",
        ["Service:ManagementPort"] = "0",
        ["Service:PublicUrl"] = "https://bench.example",
        ["Proxies:Enabled"] = "true",
        ["Proxies:Addresses:0"] = "127.0.0.1",
        ["Database:ConnectionString"] = "Host=127.0.0.1;Port=1;SSL Mode=VerifyFull",
        ["KeyRing:Certificate:File"] = NewCertificate(),
        ["Mail:Host"] = "127.0.0.1",
        ["Mail:From"] = "no-reply@localhost",
        ["RateLimits:PerAddress:Burst"] = "1000000",
        ["RateLimits:PerAddress:PerMinute"] = "6000000",
        ["Logging:LogLevel:Default"] = "Warning",
    });
    builder.AddPlatform();

    // What works in the background needs a database, and is not what is measured.
    foreach (var worker in builder.Services.Where(service => service.ServiceType == typeof(IHostedService) && IsOurs(service)).ToList())
    {
        builder.Services.Remove(worker);
    }
}
else
{
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
}

var greet = () => new { Text = "hello", Number = 42, Flag = true };
await using var app = builder.Build();

if (variant == Whole)
{
    app.UsePlatform();
    app.MapApi("/v1").MapGet("/greeting", greet).AllowAnonymous();
}
else
{
    foreach (var layer in layers.Take(Array.IndexOf(layers, variant) + 1))
    {
        Use(layer);
    }

    app.MapGet("/v1/greeting", greet);
}

// The processor's own account of what a request costs, which does not depend on who else is busy.
app.MapGet("/processor-time", () => Environment.CpuUsage.TotalTime.TotalMicroseconds).AllowAnonymous();
await app.StartAsync();
Console.WriteLine($"listening {app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}");
await app.WaitForShutdownAsync();
return 0;

static bool IsFrameworks(string layer) => layer is "UseForwardedHeaders" or "UseRouting" or "UseAuthorization";

static bool IsOurs(ServiceDescriptor service) =>
    (service.ImplementationType ?? service.ImplementationFactory?.Method.DeclaringType)?.Namespace?.StartsWith("HardenedService.", StringComparison.Ordinal) == true;

static string NewCertificate()
{
    using var key = RSA.Create(2048);
    using var certificate = new CertificateRequest("CN=bench", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        .CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
    var file = Path.Combine(AppContext.BaseDirectory, $"{Guid.NewGuid()}.pfx");
    File.WriteAllBytes(file, certificate.Export(X509ContentType.Pfx));

    return file;
}

void Use(string layer)
{
    switch (layer)
    {
        case "UseForwardedHeaders":
            app.UseForwardedHeaders();
            break;
        case "UseRouting":
            app.UseRouting();
            break;
        case "UseAuthorization":
            app.UseAuthorization();
            break;
        default:
            steps[layer].Invoke(null, [app]);
            break;
    }
}
