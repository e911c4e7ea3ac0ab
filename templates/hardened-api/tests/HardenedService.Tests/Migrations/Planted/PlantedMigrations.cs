using System.Reflection;
using System.Text;
using FluentMigrator;
using HardenedService.Operations.Migrations;

namespace HardenedService.Tests.Migrations.Planted;

/// <summary>Migrations of a release to come, in the safe forms of docs/migrations.md, and two that go wrong. They follow those of the service.</summary>
internal static class PlantedMigrations
{
    public const long Expand = 9001;
    public const long Index = 9002;
    public const long Backfill = 9003;
    public const long Validate = 9004;
    public const long Broken = 9005;
    public const long Unsafe = 9006;

    private static readonly Type[] Good = [typeof(M9001_Expand), typeof(M9002_Index), typeof(M9003_Backfill), typeof(M9004_Validate)];

    /// <summary>Those that go well, after the service's own.</summary>
    public static MigrationCatalog Sound { get; } = new(typeof(MigrationCatalog).Assembly, new Planted(Good));

    public static MigrationCatalog Catalog { get; } =
        new(typeof(MigrationCatalog).Assembly, new Planted([.. Good, typeof(M9005_Broken), typeof(M9006_Unsafe)]));

    /// <summary>The same, of which one script is not what was released.</summary>
    public static MigrationCatalog Edited { get; } = new(typeof(MigrationCatalog).Assembly, new Planted(Good, $"{new string('0', 64)}  {nameof(M9001_Expand)}.up.sql\n"));

    /// <summary>A migrator that does not pause for long where a test's own traffic is in its way.</summary>
    public static Migrator MigratorOf(string ownerConnectionString, TextWriter? output = null) =>
        new(ownerConnectionString, output ?? TextWriter.Null, new MigratorOptions { Catalog = Catalog, Attempts = 100, Pause = TimeSpan.FromSeconds(1) });

    /// <summary>An assembly of just these types, and the list of released scripts: the tests have further ones that are migrations.</summary>
    private sealed class Planted(Type[] types, string released = "") : Assembly
    {
        public override string FullName => "Planted";

        public override Type[] GetExportedTypes() => types;

        public override string[] GetManifestResourceNames() => released.Length > 0 ? [$"Planted.{ReleasedScripts.FileName}"] : [];

        public override Stream GetManifestResourceStream(string name) => new MemoryStream(Encoding.UTF8.GetBytes(released));
    }
}

/// <summary>What a next release adds.</summary>
[Migration(PlantedMigrations.Expand, "Expand")]
public sealed class M9001_Expand : SqlMigration;

/// <summary>An index beside the traffic.</summary>
[Migration(PlantedMigrations.Index, TransactionBehavior.None, "Index")]
public sealed class M9002_Index : SqlMigration;

/// <summary>Values by batches, each committed by itself.</summary>
[Migration(PlantedMigrations.Backfill, TransactionBehavior.None, "Backfill")]
public sealed class M9003_Backfill : SqlMigration;

/// <summary>Constraints that hold for all rows from then on.</summary>
[Migration(PlantedMigrations.Validate, "Validate")]
public sealed class M9004_Validate : SqlMigration;

/// <summary>Fails half-way.</summary>
[Migration(PlantedMigrations.Broken, "Broken")]
public sealed class M9005_Broken : SqlMigration;

/// <summary>Does not pass the lint.</summary>
[Migration(PlantedMigrations.Unsafe, "Unsafe")]
public sealed class M9006_Unsafe : SqlMigration;
