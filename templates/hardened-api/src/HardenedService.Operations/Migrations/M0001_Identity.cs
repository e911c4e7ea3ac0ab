using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>Accounts, and the tokens that are mailed to them.</summary>
[Migration(1, "Identity")]
public sealed class M0001_Identity : SqlMigration;
