using System.Reflection;
using System.Text;

namespace HardenedService.Tests.Compat;

/// <summary>An assembly of just these types and embedded scripts, so that every test has its own.</summary>
internal sealed class MigrationAssembly(params Type[] types) : Assembly
{
    public Dictionary<string, string> Scripts { get; } = new(StringComparer.Ordinal);

    /// <summary>Migrations 1 to 3, out of order, and an internal one that does not count.</summary>
    public static MigrationAssembly Three() => new(typeof(IndexOnPeople), typeof(Places), typeof(People), typeof(InternalMigration))
    {
        Scripts =
        {
            ["Acme.Migrations.Places.up.sql"] = "create table places (id int); create index places_id_idx on places (id);",
            ["Acme.Migrations.Places.down.sql"] = "drop table places;",
        },
    };

    public override string FullName => "Migrations";

    public override Type[] GetExportedTypes() => [.. types.Where(type => type.IsVisible)];

    public override string[] GetManifestResourceNames() => [.. Scripts.Keys];

    public override Stream? GetManifestResourceStream(string name) =>
        Scripts.TryGetValue(name, out var script) ? new MemoryStream(Encoding.UTF8.GetBytes(script)) : null;
}
