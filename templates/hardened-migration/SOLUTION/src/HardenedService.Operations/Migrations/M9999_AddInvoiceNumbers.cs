using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>Runs the two scripts beside it.</summary>
[Migration(9999, "AddInvoiceNumbers")]
public sealed class M9999_AddInvoiceNumbers : SqlMigration;
