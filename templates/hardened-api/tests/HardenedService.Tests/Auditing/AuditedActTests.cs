using System.Net;
using HardenedService.Platform.Auditing;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Auditing;

/// <summary>What is audited is audited once, and says who, where, from where and in which trace.</summary>
public sealed class AuditedActTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string UserAgent = "audited-acts/1.0";

    public static IEnumerable<TheoryDataRow<string>> Rows() => AuditScenarios.All.Keys.Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [Wall("I3"), Wall("B8")]
    [MemberData(nameof(Rows))]
    public async Task An_act_leaves_one_record(string name)
    {
        api.Client.DefaultRequestHeaders.UserAgent.Clear();
        api.Client.DefaultRequestHeaders.UserAgent.ParseAdd(UserAgent);
        var scene = new AuditScene(api);
        var expected = await AuditScenarios.All[name](scene);
        var records = await scene.RecordsAsync();
        var record = Assert.Single(records, record => record.Action == expected.Action.Name);
        string[] also = expected.Also is { } other ? [other.Name] : [];

        Assert.Equal(also, records.Except([record]).Select(further => further.Action));
        Assert.Equal(
            new StoredRecord(
                expected.Action.Name,
                expected.Outcome == AuditOutcome.Success ? "success" : "refused",
                expected.IsOfOperator ? "operator" : expected.Actor is null ? "nobody" : "account",
                expected.Actor,
                expected.Subject,
                expected.Organization,
                expected.Session,
                record.Trace,
                expected.IsOfOperator || expected.IsErased ? null : IPAddress.Loopback,
                expected.Email,
                expected.IsOfOperator || expected.IsErased ? null : UserAgent),
            record);
        Assert.Equal(!expected.IsOfOperator, record.Trace is { Length: 32 });
        Assert.Equal(0, await scene.UnsealableAsync());

        if (expected.Outcome == AuditOutcome.Refused && scene.Answer is { IsSuccessStatusCode: false })
        {
            Assert.Equal((await scene.Answer.JsonAsync()).GetProperty("traceId").GetString(), record.Trace);
        }
    }

    [Fact]
    [Wall("I3")]
    public void Every_action_has_a_scenario() =>
        Assert.Empty(AuditActions.All.Select(action => action.Name).Except(AuditScenarios.All.Keys.Select(name => name.Split(',')[0])));

    [Fact]
    public void Names_are_told_apart_and_fit_the_database()
    {
        Assert.Equal(AuditActions.All.Count, AuditActions.All.Select(action => action.Name).Distinct().Count());
        Assert.All(AuditActions.All, action => Assert.Matches("^[a-z_]{1,31}[.][a-z_]{1,32}$", action.Name));
    }
}
