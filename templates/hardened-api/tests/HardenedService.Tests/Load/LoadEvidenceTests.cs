using System.Text.Json;
using HardenedService.Operations.Load;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Recording;

namespace HardenedService.Tests.Load;

public sealed class LoadEvidenceTests
{
    private static readonly LoadReport Good = LoadStepsTests.Report(50, 600);

    [Fact]
    public void A_test_of_enough_people_with_all_that_they_do_is_evidence()
    {
        Assert.Empty(LoadEvidence.WhyNot(Good));

        // Against it as well.
        Assert.Empty(LoadEvidence.WhyNot(Good with { Misses = ["it was slow"], P99 = 700 }));
        Assert.Empty(LoadEvidence.WhyNot(Good with { Slo = "p99=300ms,errors=0%" }));
        Assert.All(LoadEvidence.Facts(Good).Keys.Except(["accounts", "slo"]), fact => Assert.NotNull(NeededFacts.FormOf(EvidenceKind.LoadTest, fact)));
    }

    [Fact]
    public void What_proves_nothing_is_none_and_says_why()
    {
        Is("fewer than 50 users", Good with { Users = 49 });
        Is("shorter than 60 s", Good with { Duration = TimeSpan.FromSeconds(59) });
        Is("fewer calls than so many people make, who think for 5 s", Good with { OfferedRate = 9.9 });
        Is("fewer calls than so many people make, who think for 5 s", Good with { Users = 100 });
        Is("fewer than 500 calls", LoadStepsTests.Report(50, 499));
        Is($"another mix than {LoadOperation.Text(LoadOperations.All)}", Good with { Mix = "browse=70" });
        Is($"less was promised than {ServiceLevel.Default}", Good with { Slo = "p99=1s" });
        Is("this machine was too busy to tell", Good with { Misses = ["it was slow"], P99 = 700, GeneratorP99 = 600 });

        // Its own delay makes the figures worse, and never better.
        Assert.Empty(LoadEvidence.WhyNot(Good with { GeneratorP99 = 100 }));

        static void Is(string why, LoadReport report) => Assert.Equal([why], LoadEvidence.WhyNot(report));
    }

    [Fact]
    public void What_was_not_kept_is_read_from_the_facts()
    {
        var all = Good.All;

        Assert.Empty(Misses(Good));
        Assert.Equal(["the p99 was above 500 ms"], Misses(Good with { P99 = 500.2 }));
        Assert.Equal(["more than 0.1 % failed"], Misses(Good with { Operations = [all, all with { Errors = 1 }] }));
        Assert.Equal(["more than 0.1 % were turned away by rate limits"], Misses(Good with { Operations = [all, all with { Limited = 1 }] }));
        Assert.Equal(3, LoadEvidence.Misses(new(EvidenceKind.LoadTest, DateTimeOffset.UnixEpoch, "{}")).Count);

        static IReadOnlyList<string> Misses(LoadReport report) =>
            LoadEvidence.Misses(new(EvidenceKind.LoadTest, report.At, JsonSerializer.Serialize(LoadEvidence.Facts(report))));
    }
}
