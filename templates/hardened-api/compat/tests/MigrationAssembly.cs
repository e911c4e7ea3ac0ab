using System.Reflection;
using System.Text;

namespace HardenedService.Tests.Compat;

/// <summary>An assembly of just these types and embedded scripts, so that every test has its own.</summary>
internal sealed class MigrationAssembly(params Type[] types) : Assembly
{
    public Dictionary<string, string> Scripts { get; } = new(StringComparer.Ordinal);

    public override string FullName => "Migrations";

    public override Type[] GetExportedTypes() => [.. types.Where(type => type.IsVisible)];

    public override string[] GetManifestResourceNames() => [.. Scripts.Keys];

    public override Stream? GetManifestResourceStream(string name) =>
        Scripts.TryGetValue(name, out var script) ? new MemoryStream(Encoding.UTF8.GetBytes(script)) : null;
}
