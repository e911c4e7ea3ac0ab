using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>Limits that all replicas share, and the networks that people sign in from.</summary>
[Migration(7, "Attempts")]
public sealed class M0007_Attempts : SqlMigration;
