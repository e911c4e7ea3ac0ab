using HardenedService.Operations.Migrations.Linting.Rules;

namespace HardenedService.Operations.Migrations.Linting;

/// <summary>All rules, in the order in which docs/migrations.md explains them.</summary>
internal static class LintRules
{
    public static IReadOnlyList<LintRule> All { get; } =
    [
        .. IndexRules.All,
        .. ColumnRules.All,
        .. ConstraintRules.All,
        .. OldReleaseRules.All,
        .. TransactionRules.All,
        .. TenantRules.All,
    ];
}
