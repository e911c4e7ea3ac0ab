using HardenedService.Operations.Readiness.Checks;

namespace HardenedService.Operations.Readiness;

/// <summary>Every check, in the order in which they run.</summary>
internal static class ReadinessChecks
{
    public static IReadOnlyList<IReadinessCheck> All { get; } =
    [
        new MigrationsApplied(),
        new ForeignKeys(),
        new RestoreDrilled(),
        new OnCall(),
        new SecurityReviewed(),
    ];
}
