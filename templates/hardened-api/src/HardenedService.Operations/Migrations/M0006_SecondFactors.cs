using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>TOTP, recovery codes and passkeys.</summary>
[Migration(6, "Second factors")]
public sealed class M0006_SecondFactors : SqlMigration;
