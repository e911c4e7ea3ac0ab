using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>The table of the invoices, each of which is an organization's.</summary>
[Migration(9999, "Invoices")]
public sealed class M9999_Invoices : SqlMigration;
