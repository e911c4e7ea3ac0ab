namespace HardenedService.Operations.Readiness;

/// <summary>How much a report is about.</summary>
/// <param name="Tier">The last tier that was asked for.</param>
/// <param name="IsCandidate">It is of a build that is not deployed yet, and leaves out what tells of a deployment.</param>
internal sealed record ReportScope(Tier Tier, bool IsCandidate)
{
    public static readonly ReportScope Everything = new(Tier.Later, IsCandidate: false);

    public bool Includes(Concern concern) => concern.Tier <= Tier && !(IsCandidate && concern.IsOfDeployment);
}
