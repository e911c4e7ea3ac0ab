using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>Messages that leave after the commit of the work that caused them.</summary>
[Migration(3, "Outbox")]
public sealed class M0003_Outbox : SqlMigration;
