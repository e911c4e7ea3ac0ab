using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>The data-protection key ring, shared by every replica.</summary>
[Migration(4, "DataProtection")]
public sealed class M0004_DataProtection : SqlMigration;
