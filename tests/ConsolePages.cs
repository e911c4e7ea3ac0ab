using System.Reflection;
using System.Text.Json;
using HardenedService.Operations.Postgres;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

/// <summary>Pages of the operator's console, full of what somebody means ill by.</summary>
internal static class ConsolePages
{
    /// <summary>What would run, if it were not text.</summary>
    public const string Hostile = "<script>window.ran = 1</script><img src=x onerror=\"window.ran = 1\">'&amp;";

    private static readonly string Console = Path.Combine(
        Repository.Template, "src", "HardenedService.Operations", "bin", typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration, "net10.0",
        "HardenedService.Operations.dll");

    /// <summary>The report of a service that is not there, whose team has written down gaps and contacts.</summary>
    public static Task<string> ReadinessAsync(string folder) => ReadinessAsync(folder, isCandidate: false);

    /// <summary>The same of a build that is not deployed, of whose report the one before is another kind.</summary>
    public static Task<string> CandidateAsync(string folder) => ReadinessAsync(folder, isCandidate: true);

    /// <summary>A load test of a minute, from what <c>load --json</c> writes: nobody has to wait for one to see its page.</summary>
    public static async Task<string> LoadAsync(string folder)
    {
        var page = Path.Combine(folder, "load.html");
        var all = new { name = Hostile, count = 600, errors = 3, limited = 2, p50 = 2.5, p90 = 9.0, p99 = 40.0, p999 = 300.0, max = 412.5, rate = 10.0, failures = new[] { new { what = Hostile, count = 3 } } };
        var seconds = Enumerable.Range(1, 60).Select(second => new { second, started = 10 + (second % 4), finished = second == 30 ? 0 : 9 + (second % 3), errors = second % 20 == 0 ? 1 : 0, p50 = 2 + (second % 5), p99 = 20 + (second * 7 % 30) });
        int[] people = [1, 10, 100, 500];
        string[] misses = ["0.5 % failed, and 0.1 % may"];
        var growth = people.Select(users => new { users, rate = users * 0.2, p50 = 2.0, p99 = 10.0 + (users / 5.0), errors = 0.0, limited = 0.0, sloMet = users < 500 });
        var report = JsonSerializer.SerializeToElement(new
        {
            at = "2026-01-31T12:00:00Z",
            url = "http://127.0.0.1:8080/",
            users = 50,
            accounts = 50,
            mix = Hostile,
            duration = "00:01:00",
            offeredRate = 10.0,
            slo = "p99=500ms,errors=0.1%",
            misses,
            operations = new[] { all, all with { name = "browse" }, all with { name = "all" } },
            p99 = 40.0,
            generatorP99 = 0.8,
            seconds,
            growth,
        });

        // Internal, as everything there, and not worth a friend in what comes out.
        var console = Assembly.LoadFrom(Console);
        var type = console.GetType("HardenedService.Operations.Load.LoadReport", throwOnError: true)!;
        var render = console.GetType("HardenedService.Operations.Load.Pages.LoadPage", throwOnError: true)!.GetMethod("Render", [type])!;
        await File.WriteAllTextAsync(page, (string)render.Invoke(null, [report.Deserialize(type, JsonSerializerOptions.Web)])!);

        return page;
    }

    private static async Task<string> ReadinessAsync(string folder, bool isCandidate)
    {
        const string Nowhere = "http://127.0.0.1:1/";
        var page = Path.Combine(folder, "readiness.html");
        await File.WriteAllTextAsync(Path.Combine(folder, "readiness.json"), JsonSerializer.Serialize(new
        {
            firstRelease = isCandidate ? null : "2026-01-31",
            contacts = new { onCall = Hostile, security = Hostile, privacy = new string('x', 300) },
            gaps = new[] { Gap("security-review", 30), Gap("restore-drilled", -30), Gap("foreign-keys", 60), Gap("on-call", 60) },
        }));
        await File.WriteAllTextAsync(Path.Combine(folder, "earlier.json"), JsonSerializer.Serialize(new
        {
            at = "2026-01-31T12:00:00Z",
            service = Nowhere,
            tier = "all",
            candidate = false,
            checks = new object[]
            {
                new { id = "on-call", title = "Somebody is called when it breaks", tier = "must", status = "fail", isBlocking = true, isOverdue = false, gap = (object?)null },
                new { id = "security-review", title = "", tier = "must", status = "waived", isBlocking = false, isOverdue = false, gap = Gap("security-review", 20) },
                new { id = "gone", title = Hostile, tier = "must", status = "pass", isBlocking = false, isOverdue = false, gap = (object?)null },
            },
        }));
        string[] scope = isCandidate ? ["--candidate", "--tier", "must"] : [];
        var start = Dotnet.StartInfo(folder, [Console, "readiness", .. scope, "--html", page, "--since", Path.Combine(folder, "earlier.json"), "--url", Nowhere, "--management-url", Nowhere]);
        var (exitCode, output) = await SupervisedProcess.RunAsync(start, TestContext.Current.CancellationToken);
        Assert.True(exitCode == 1 && File.Exists(page), output);

        return page;

        static object Gap(string check, int days) => new
        {
            check,
            reason = "needs-a-person",
            owner = Hostile,
            due = $"{DateTime.UtcNow.AddDays(days):yyyy-MM-dd}",
            compensation = Hostile,
        };
    }
}
