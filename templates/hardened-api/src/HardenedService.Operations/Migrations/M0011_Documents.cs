using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>Documents, their bytes, and their reviews.</summary>
[Migration(11, "Documents")]
public sealed class M0011_Documents : SqlMigration;
