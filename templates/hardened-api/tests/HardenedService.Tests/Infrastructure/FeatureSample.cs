using HardenedService.Tests.Contract;
using HardenedService.Tests.Tenancy;

namespace HardenedService.Tests.Infrastructure;

/// <summary>
/// What the tests that cover every feature have to know of one. It lies beside the feature's own tests, and is found by its type: see
/// <see cref="PlantedRows"/> and <see cref="ContractSeed"/>.
/// </summary>
internal abstract class FeatureSample
{
    /// <summary>Those of all features, in a fixed order.</summary>
    public static IReadOnlyList<FeatureSample> All { get; } =
    [
        .. typeof(FeatureSample).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(FeatureSample)))
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .Select(type => (FeatureSample)Activator.CreateInstance(type)!),
    ];

    /// <summary>Walls that stand around this feature alone, by id: the clause that asks for it and what holds, as in <see cref="Conformance.Walls"/>.</summary>
    public virtual IReadOnlyDictionary<string, (string Clause, string Promise)> Walls => new Dictionary<string, (string, string)>();

    /// <summary>What every host of the tests has to be given for it.</summary>
    public virtual IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>();

    /// <summary>A statement for each of its tables that plants a row there; <c>$1</c> is the account, <c>$2</c> the organization.</summary>
    public abstract IReadOnlyList<string> Rows { get; }

    /// <summary>The rights that the API's role has on each of its tables, as in RoleTests; those on single columns aside.</summary>
    public abstract IReadOnlyList<string> Rights { get; }

    /// <summary>Makes what has to exist before each of its operations can succeed.</summary>
    public abstract Task<IEnumerable<ContractSeed>> PlantAsync(ApiFixture api);
}
