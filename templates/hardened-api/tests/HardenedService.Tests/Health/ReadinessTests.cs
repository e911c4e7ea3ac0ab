using System.Net;
using HardenedService.Platform.Health;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HardenedService.Tests.Health;

/// <summary>What probes cost, and what they are told when something they ask for is not well.</summary>
public sealed class ReadinessTests(MortalPostgres postgres) : IClassFixture<MortalPostgres>
{
    private const string Path = "/health/ready";
    private const int Probes = 100;

    private static readonly Dictionary<string, string> Settings = new() { ["Health:CheckTimeout"] = "00:00:01", ["Health:KeepFor"] = "00:00:00" };

    [Fact]
    public async Task A_hundred_probes_at_once_make_one_round_of_checks()
    {
        var check = new Gate();
        var entries = new Entries();
        using var host = Start(check, new() { ["Health:CheckTimeout"] = "00:01:00", ["Health:KeepFor"] = "00:01:00" }, entries);

        var probes = Enumerable.Range(0, Probes).Select(_ => host.Management.GetAsync(Path)).ToList();
        await Eventually.HoldsAsync(() => entries.Count == Probes, "a hundred probes inside");
        check.Open();

        Assert.All(await Task.WhenAll(probes), probe => Assert.Equal(HttpStatusCode.OK, probe.StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync(Path)).StatusCode);
        Assert.Equal(1, check.Rounds);
    }

    [Fact]
    public async Task What_was_found_is_kept_for_a_moment_and_then_found_out_anew()
    {
        var check = new Gate();
        check.Open();
        using var host = Start(check, new() { ["Health:CheckTimeout"] = "00:01:00", ["Health:KeepFor"] = "00:00:00.100" });

        await Eventually.HoldsAsync(
            async () => (await host.Management.GetAsync(Path)).StatusCode == HttpStatusCode.OK && check.Rounds >= 3, "three rounds of checks");
    }

    [Fact]
    public async Task A_check_that_hangs_and_heeds_nothing_makes_it_not_ready_in_time_and_hangs_once()
    {
        var check = new Gate();
        using var host = Start(check, Settings);

        for (var i = 0; i < 3; i++)
        {
            var ready = await host.Management.GetAsync(Path);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Equal("no answer within 1 s", (await ready.JsonAsync()).GetProperty("checks").GetProperty("gate").GetProperty("detail").GetString());
        }

        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/health/live")).StatusCode);
        Assert.Equal(1, check.Rounds);
        check.Open();
    }

    [Fact]
    public async Task A_frozen_database_makes_it_not_ready_in_time_and_the_log_tells_of_the_change_alone()
    {
        using var log = new LogRecorder();
        var check = new Gate();
        check.Open();
        using var host = Start(check, new() { ["Health:CheckTimeout"] = "00:00:03" }, log: log);
        await Eventually.HoldsAsync(async () => (await host.Management.GetAsync(Path)).StatusCode == HttpStatusCode.OK, "ready");
        await postgres.FreezeAsync();

        try
        {
            await Eventually.HoldsAsync(async () => (await host.Management.GetAsync(Path)).StatusCode == HttpStatusCode.ServiceUnavailable, "not ready");

            // More than one round of checks.
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Management.GetAsync(Path)).StatusCode);
            }

            Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/health/live")).StatusCode);
            Assert.Equal(HealthStatus.Unhealthy, host.Services.GetRequiredService<ServiceHealth>().Latest.Entries["database"].Status);
        }
        finally
        {
            await postgres.ThawAsync();
        }

        await Eventually.HoldsAsync(async () => (await host.Management.GetAsync(Path)).StatusCode == HttpStatusCode.OK, "ready again");
        var told = log.Records.Where(record => record.Category == typeof(ServiceHealth).FullName).Select(record => record.Message).ToList();
        Assert.Contains(told, message => message.StartsWith("Not ready: ", StringComparison.Ordinal) && message.Contains("database", StringComparison.Ordinal));
        Assert.Equal("Ready", told[^1]);
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    [Fact]
    public async Task Probes_do_not_wait_for_the_connections_of_requests()
    {
        var database = new NpgsqlConnectionStringBuilder(postgres.Database.AppConnectionString) { MaxPoolSize = 2 };
        using var host = ApiHost.Start(database.ConnectionString, settings: new Dictionary<string, string> { ["Health:KeepFor"] = "00:00:00" });
        var main = host.Services.GetRequiredService<NpgsqlDataSource>();
        var taken = new List<NpgsqlConnection>();

        // Workers let go of theirs.
        while (taken.Count < database.MaxPoolSize)
        {
            taken.Add(await main.OpenConnectionAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync(Path)).StatusCode);
        taken.ForEach(connection => connection.Dispose());
    }

    private ApiHost Start(Gate check, Dictionary<string, string> settings, Entries? entries = null, LogRecorder? log = null) => ApiHost.Start(
        postgres.Database.AppConnectionString,
        settings: settings,
        configure: host => host.ConfigureTestServices(services =>
        {
            services.AddHealthChecks().AddCheck("gate", check, tags: [ServiceHealth.Ready]);
            services.AddSingleton<IStartupFilter>(entries ?? new Entries());

            if (log is not null)
            {
                services.AddSingleton<ILoggerProvider>(log);
            }
        }));

    /// <summary>A check that lasts until it is opened, whatever its token says.</summary>
    private sealed class Gate : IHealthCheck
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _rounds;

        public int Rounds => _rounds;

        public void Open() => _opened.TrySetResult();

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _rounds);
            await _opened.Task;

            return HealthCheckResult.Healthy();
        }
    }

    /// <summary>Counts what comes in.</summary>
    private sealed class Entries : IStartupFilter
    {
        private int _count;

        public int Count => _count;

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, go) =>
            {
                Interlocked.Increment(ref _count);
                return go(context);
            });
            next(app);
        };
    }
}
