namespace HardenedService.Operations.Load;

/// <summary>What several runs come to, by the number of people. One that is too small to judge neither keeps nor misses what is promised.</summary>
internal static class LoadSteps
{
    /// <summary>The greatest step before the first miss, or else the first that can be judged, with the growth over all.</summary>
    /// <param name="steps">One at least, by the number of people.</param>
    public static LoadReport Sum(IReadOnlyList<LoadReport> steps)
    {
        var report = BeforeFirstMiss(steps).LastOrDefault(step => !step.IsTooSmall) ?? steps.FirstOrDefault(step => !step.IsTooSmall) ?? steps[0];

        return steps.Count == 1 ? report : report with { Growth = [.. steps.Select(step => step.Sum())] };
    }

    /// <summary>
    /// The step to be recorded: the greatest of enough people before the first miss. If the first of so many missed, it is that one: what was believed of
    /// the service is not so. Null if there is none. One alone is that one.
    /// </summary>
    public static LoadReport? Proof(IReadOnlyList<LoadReport> steps) =>
        steps.Count == 1 ? steps[0] : BeforeFirstMiss(steps).LastOrDefault(IsLarge) ?? steps.Where(IsLarge).Take(1).FirstOrDefault(IsMissed);

    private static IEnumerable<LoadReport> BeforeFirstMiss(IEnumerable<LoadReport> steps) => steps.TakeWhile(step => !IsMissed(step));

    private static bool IsLarge(LoadReport step) => step.Users >= LoadEvidence.FewestUsers;

    private static bool IsMissed(LoadReport step) => !step.IsTooSmall && !step.SloMet;
}
