using HardenedService.Operations.Migrations;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Operations.Readiness.Monitoring;

namespace HardenedService.Operations.Readiness;

/// <summary>Every check, in the order in which they run.</summary>
internal static class ReadinessChecks
{
    public static IReadOnlyList<IReadinessCheck> All { get; } =
    [
        new AnonymousCalls(),
        new TenantWalls(),
        new ErrorsLeakNothing(),
        new StoredPasswordCost(),
        new SessionExpiry(),
        new AdministratorsMfa(),
        new ProductionSecrets(),
        new PublicAddressTls(),
        new MigrationsApplied(MigrationCatalog.Own),
        new ForeignKeys(),
        new BackupFresh(),
        new RestoreDrilled(),
        new AuditChainIntact(),
        new PrivacyExercised(),
        new AlertsValid(Promtool.Find()),
        new Runbooks(),
        new DashboardsMatch(),
        new AlertDelivered(),
        new LoadTested(),
        new RollbackRehearsed(),
        new ReleaseTime(),
        new Dependencies(),
        new BillsOfMaterials(),
        new OnCall(),
        new SecurityReviewed(),
    ];
}
