using System.Reflection;
using FluentMigrator.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace FluentMigrator.Runner;

internal sealed class MigrationInformationLoader(IEnumerable<MigrationInformationLoader.Source> sources, IServiceProvider services)
    : IMigrationInformationLoader
{
    private SortedList<long, IMigrationInfo>? _migrations;

    internal sealed record Source(Assembly Assembly);

    public SortedList<long, IMigrationInfo> LoadMigrations() => _migrations ??= Find();

    private SortedList<long, IMigrationInfo> Find()
    {
        var migrations = new SortedList<long, IMigrationInfo>();

        // Exported types only, as the genuine package has it: there an internal migration would silently not run.
        foreach (var type in sources.Distinct().SelectMany(source => source.Assembly.GetExportedTypes()))
        {
            if (type.IsAbstract || !type.IsAssignableTo(typeof(Migration)) || type.GetCustomAttribute<MigrationAttribute>() is not { } attribute)
            {
                continue;
            }

            var migration = (Migration)ActivatorUtilities.CreateInstance(services, type);
            if (!migrations.TryAdd(attribute.Version, new MigrationInfo(attribute, migration)))
            {
                throw new InvalidOperationException($"Two migrations have the version {attribute.Version}: give {type.Name} another one.");
            }
        }

        return migrations.Count > 0
            ? migrations
            : throw new InvalidOperationException("No migration was found: make the classes public, and scan their assembly with For.Migrations().");
    }
}
