using HardenedService.Operations.Readiness.Checks;
using HardenedService.Operations.Readiness.Monitoring;

namespace HardenedService.Operations.Readiness;

/// <summary>Every check, in the order in which they run.</summary>
internal static class ReadinessChecks
{
    public static IReadOnlyList<IReadinessCheck> All { get; } =
    [
        new MigrationsApplied(),
        new ForeignKeys(),
        new AlertsValid(Promtool.Find()),
        new Runbooks(),
        new DashboardsMatch(),
        new AlertDelivered(),
        new RestoreDrilled(),
        new LoadTested(),
        new RollbackRehearsed(),
        new ReleaseTime(),
        new Dependencies(),
        new BillsOfMaterials(),
        new OnCall(),
        new SecurityReviewed(),
    ];
}
