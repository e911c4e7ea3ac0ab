namespace HardenedService.Operations.Readiness.Checks;

internal sealed class OnCall : IReadinessCheck
{
    public Concern Concern { get; } = new("on-call", Tier.Must, "Somebody is called when it breaks")
    {
        Proves = "It is written down whom to call when the service is down, and for a matter of security or of personal data.",
        DoesNotProve = "That what stands there is an address or a number, or that they pick up.",
        How = "Reads contacts of readiness.json.",
        Mend = "docs/production-ready.md",
    };

    public Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel) => Task.FromResult(Finding.Of(
        [.. ReadinessFile.ContactNames.Where(name => string.IsNullOrEmpty(context.File.Contacts.GetValueOrDefault(name))).Select(name => $"nobody is named for {name}")],
        $"somebody is named for {string.Join(", ", ReadinessFile.ContactNames)}"));
}
