using System.Reflection;
using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>A migration that this build knows.</summary>
internal sealed record KnownMigration(long Version, string Name, bool Transactional, Type Type);

/// <summary>The migrations of this build, oldest first. Public ones only, since FluentMigrator runs no other.</summary>
internal static class MigrationCatalog
{
    public static IReadOnlyList<KnownMigration> All { get; } =
    [
        .. typeof(MigrationCatalog).Assembly.GetExportedTypes()
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
