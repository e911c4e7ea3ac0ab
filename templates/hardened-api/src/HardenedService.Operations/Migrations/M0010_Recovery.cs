using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>When the last good backup and restore were.</summary>
[Migration(10, "Recovery")]
public sealed class M0010_Recovery : SqlMigration;
