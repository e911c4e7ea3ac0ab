using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>Organizations, who belongs to them, and the walls between them.</summary>
[Migration(8, "Organizations")]
public sealed class M0008_Organizations : SqlMigration;
