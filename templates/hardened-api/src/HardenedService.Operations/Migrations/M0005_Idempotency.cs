using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>Idempotency keys and the answers that their retries get.</summary>
[Migration(5, "Idempotency")]
public sealed class M0005_Idempotency : SqlMigration;
