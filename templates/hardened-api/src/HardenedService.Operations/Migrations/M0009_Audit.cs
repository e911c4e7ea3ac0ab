using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>The audit trail, and the chain that it is sealed into.</summary>
[Migration(9, "Audit")]
public sealed class M0009_Audit : SqlMigration;
