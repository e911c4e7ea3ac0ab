using System.Diagnostics.Metrics;
using System.Net;
using HardenedService.Platform.Health;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Outbound;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using static HardenedService.Tests.Hosting.PlantedWorkers;

namespace HardenedService.Tests.Hosting;

public sealed class WorkerTests(PostgresServer postgres)
{
    [Fact]
    [Wall("G4")]
    public async Task A_worker_that_fails_goes_on_after_a_pause_that_grows_up_to_half_a_minute()
    {
        using var log = new LogRecorder();
        var clock = new HastyClock();
        using var host = Host(log, services => services.AddSingleton<TimeProvider>(clock).AddWorker<Failing>());
        using var failures = new FailureCount(host.Services, nameof(Failing));
        await host.StartAsync(TestContext.Current.CancellationToken);

        await Eventually.HoldsAsync(() => clock.Pauses.Count >= 8, "eight failures");
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], clock.Pauses.Take(8).Select(pause => pause.TotalSeconds));
        Assert.True(failures.Count >= 8, $"{failures.Count} counted");
        var logged = log.Records.Where(record => record is { Level: LogLevel.Error, Exception: InvalidDataException }).ToList();
        Assert.Equal(failures.Count, logged.Count);
        Assert.All(logged, record => Assert.Contains(nameof(Failing), record.Message));
    }

    [Fact]
    [Wall("G4")]
    public async Task A_success_makes_the_pause_short_again()
    {
        using var log = new LogRecorder();
        var clock = new HastyClock();
        using var host = Host(log, services => services.AddSingleton<TimeProvider>(clock).AddWorker<FailingTwiceOfThree>());
        await host.StartAsync(TestContext.Current.CancellationToken);

        await Eventually.HoldsAsync(() => clock.Pauses.Count >= 6, "six passes");
        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal([1, 2, 7, 1, 2, 7], clock.Pauses.Take(6).Select(pause => pause.TotalSeconds));
    }

    [Fact]
    [Wall("G4")]
    public async Task A_worker_that_fails_takes_nothing_else_with_it()
    {
        using var log = new LogRecorder();
        await using var database = await postgres.CreateDatabaseAsync();
        using var api = ApiHost.Start(
            database.AppConnectionString,
            configure: host => host.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(log).AddWorker<Failing>()));

        await Eventually.HoldsAsync(() => log.Records.Count(record => record.Exception is InvalidDataException) >= 2, "two failures");
        Assert.Equal(HttpStatusCode.OK, (await api.Management.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await api.Management.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.Public.GetAsync("/v1/account")).StatusCode);
    }

    [Fact]
    [Wall("G4")]
    public async Task A_worker_that_cannot_be_made_stops_the_start()
    {
        using var log = new LogRecorder();
        using var host = Host(log, services => services.AddWorker<Unmakeable>());

        await Assert.ThrowsAsync<InvalidDataException>(() => host.StartAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    [Wall("G4")]
    public async Task Neither_a_cancellation_of_its_own_nor_an_impossible_pause_ends_a_worker()
    {
        using var log = new LogRecorder();
        var clock = new HastyClock();
        using var host = Host(log, services => services.AddSingleton<TimeProvider>(clock).AddWorker<Odd>());
        using var failures = new FailureCount(host.Services, nameof(Odd));
        await host.StartAsync(TestContext.Current.CancellationToken);

        await Eventually.HoldsAsync(() => host.Services.GetRequiredService<Odd>().Passes >= 5, "five passes");
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.True(failures.Count >= 3, $"{failures.Count} counted");
    }

    [Fact]
    [Wall("G4")]
    public async Task A_worker_that_hangs_and_heeds_nothing_is_named_by_readiness_and_does_not_keep_the_process()
    {
        using var log = new LogRecorder();
        var clock = new MovableClock();
        using var host = Host(log, services => services
            .Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100))
            .AddSingleton<TimeProvider>(clock)
            .AddWorker<Hanging>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        var passes = host.Services.GetRequiredService<WorkerPasses>();
        await Eventually.HoldsAsync(() => passes.Ages.Any(), "a pass");
        var check = new WorkersCheck(passes);
        Assert.Equal(HealthStatus.Healthy, (await check.CheckHealthAsync(new(), TestContext.Current.CancellationToken)).Status);

        clock.Advance(TimeSpan.FromMinutes(11));

        var found = await check.CheckHealthAsync(new(), TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Degraded, found.Status);
        Assert.Contains(nameof(Hanging), found.Description);
        Assert.True(passes.Ages.Single().Value >= TimeSpan.FromMinutes(11));

        await host.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task An_outbox_that_is_not_read_for_two_minutes_degrades_readiness_until_it_is()
    {
        var clock = new MovableClock();
        var passes = new WorkerPasses(clock);
        var check = new OutboxCheck(passes);
        var found = new List<HealthStatus> { await StatusAsync() };

        foreach (var end in new[] { passes.Fail, passes.End })
        {
            passes.Begin(nameof(OutboxWorker));
            clock.Advance(TimeSpan.FromMinutes(2));
            found.Add(await StatusAsync());
            end(nameof(OutboxWorker));
            found.Add(await StatusAsync());
        }

        Assert.Equal([HealthStatus.Healthy, HealthStatus.Degraded, HealthStatus.Degraded, HealthStatus.Degraded, HealthStatus.Healthy], found);

        async Task<HealthStatus> StatusAsync() => (await check.CheckHealthAsync(new(), TestContext.Current.CancellationToken)).Status;
    }

    [Fact]
    public async Task A_worker_is_told_of_shutdown_and_its_cancellation_is_no_failure()
    {
        using var log = new LogRecorder();
        using var host = Host(log, services => services.AddWorker<Patient>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.Services.GetRequiredService<Patient>().Begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await host.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.DoesNotContain(log.Records, record => record.Level >= LogLevel.Warning);
    }

    private static IHost Host(LogRecorder log, Action<IServiceCollection> configure)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton<ILoggerProvider>(log).AddMetrics();
        configure(builder.Services);

        return builder.Build();
    }

    /// <summary>Listens to the counter of failures, as an exporter would.</summary>
    private sealed class FailureCount : IDisposable
    {
        private readonly MeterListener _listener = new();
        private int _count;

        public FailureCount(IServiceProvider services, string worker)
        {
            var meter = services.GetRequiredService<IMeterFactory>().Create(ServiceMeter.Name);
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == meter && instrument.Name == "app.worker.failures")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, measurement, tags, _) =>
            {
                if (tags.Contains(new KeyValuePair<string, object?>("worker", worker)))
                {
                    Interlocked.Add(ref _count, (int)measurement);
                }
            });
            _listener.Start();
        }

        public int Count => _count;

        public void Dispose() => _listener.Dispose();
    }
}
