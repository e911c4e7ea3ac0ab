using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>What was proved by being done.</summary>
[Migration(12, "Evidence")]
public sealed class M0012_Evidence : SqlMigration;
