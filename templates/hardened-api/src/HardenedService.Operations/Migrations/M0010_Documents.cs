using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>Documents, their bytes, and their reviews.</summary>
[Migration(10, "Documents")]
public sealed class M0010_Documents : SqlMigration;
