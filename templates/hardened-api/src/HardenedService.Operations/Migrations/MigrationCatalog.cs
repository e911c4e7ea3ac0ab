using System.Reflection;
using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>A migration that this build knows.</summary>
internal sealed record KnownMigration(long Version, string Name, bool Transactional, Type Type);

/// <summary>The migrations of assemblies, oldest first. Public ones only, since FluentMigrator runs no other.</summary>
internal sealed class MigrationCatalog(params Assembly[] assemblies)
{
    /// <summary>Those of this service.</summary>
    public static MigrationCatalog Own { get; } = new(typeof(MigrationCatalog).Assembly);

    public static IReadOnlyList<KnownMigration> All => Own.Migrations;

    public Assembly[] Assemblies => assemblies;

    public IReadOnlyList<KnownMigration> Migrations { get; } =
    [
        .. assemblies.SelectMany(assembly => assembly.GetExportedTypes())
            .Select(type => (Type: type, Attribute: type.GetCustomAttribute<MigrationAttribute>()))
            .Where(found => found.Attribute is not null)
            .Select(found => new KnownMigration(
                found.Attribute!.Version,
                found.Attribute.Description ?? found.Type.Name,
                found.Attribute.TransactionBehavior == TransactionBehavior.Default,
                found.Type))
            .OrderBy(migration => migration.Version),
    ];
}
