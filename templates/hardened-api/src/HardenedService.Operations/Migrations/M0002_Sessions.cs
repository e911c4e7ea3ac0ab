using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>Server-side sessions, found by the hash of their token.</summary>
[Migration(2, "Sessions")]
public sealed class M0002_Sessions : SqlMigration;
