using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HardenedService.Tests.Auditing;

/// <summary>One chain, however many seal it, and whenever they die; and nobody waits for them.</summary>
public sealed class AuditSealerTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const int AtOnce = 14;

    [Fact]
    [Wall("I4")]
    public async Task Of_many_that_seal_at_once_comes_one_chain()
    {
        for (var round = 0; round < AtOnce; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async worker =>
            {
                await api.Database.WriteAsync(3);
                await api.Database.SealAsync(most: 1 + (worker % 5));
            }));
        }

        await IsWholeAsync();
    }

    [Fact]
    [Wall("I4")]
    public async Task Writers_do_not_wait_for_who_seals()
    {
        await api.Database.WriteAsync(AtOnce);
        await using var sealer = await Sql.OpenAsync(api.Database.AppConnectionString);
        await using var transaction = await sealer.BeginTransactionAsync();
        await Sql.RunAsync(sealer, "select sealed from audit.seal(1000)");

        // It holds its locks for as long as this takes: whoever waited for them would wait for ever.
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => api.Database.WriteAsync(1)));
        await api.NewSessionAsync((await api.Api.NewPersonAsync(api.Database)).Email);

        await transaction.CommitAsync();
        await IsWholeAsync();
    }

    [Fact]
    [Wall("I4")]
    public async Task A_sealer_that_is_killed_leaves_everything_to_the_next()
    {
        await api.Database.WriteAsync(AtOnce);
        await using var sealer = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(api.Database.AppConnectionString) { Pooling = false }.ConnectionString);
        await sealer.OpenAsync();
        await Sql.RunAsync(sealer, "begin; select sealed from audit.seal(7)");
        await Sql.RunAsync(api.Database.AdminConnectionString, $"select pg_terminate_backend({sealer.ProcessID})");

        await IsWholeAsync();
    }

    [Fact]
    [Wall("I4")]
    public async Task A_record_that_is_committed_late_is_sealed_late()
    {
        await using var app = await Sql.OpenAsync(api.Database.AppConnectionString);
        await using var transaction = await app.BeginTransactionAsync();
        var late = Guid.CreateVersion7();
        await AuditChain.WriteAsync(app, late);
        await api.Database.WriteAsync(3);
        await IsWholeAsync();
        await transaction.CommitAsync();
        await IsWholeAsync();

        Assert.Equal(1L, await api.ScalarAsync<long>("select count(*) from audit.seals where record_id = $1", late));
    }

    [Fact]
    [Wall("I4")]
    public async Task The_head_is_published_to_the_log_and_the_chain_holds_against_it()
    {
        await api.Database.WriteAsync(1);
        using var log = new LogRecorder();
        using var host = api.StartAnother(
            new Dictionary<string, string> { ["Audit:SealInterval"] = "00:00:00.020", ["Audit:PublishEveryRecords"] = "5", ["Audit:PublishEvery"] = "1.00:00:00" },
            web => web.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(log)));

        // What is there at the start; then not each record, and the fifth at the latest.
        await Eventually.HoldsAsync(() => Published(log).Count == 1, "the head at the start");
        await api.Database.WriteAsync(2);
        await Eventually.HoldsAsync(async () => await api.ScalarAsync<long>("select count(*) from audit.pending") == 0, "no record waits");
        await api.Database.WriteAsync(5);
        await Eventually.HoldsAsync(() => Published(log).Count > 1, "the head after five records");

        Assert.Equal(2, Published(log).Count);
        Assert.All(Published(log), head => Assert.Matches("^[1-9][0-9]*:[0-9a-f]{64}$", head));
        Assert.Equal(0, (await api.Database.VerifyAsync(Published(log)[0])).ExitCode);
        Assert.Equal(0, (await api.Database.VerifyAsync(Published(log)[1])).ExitCode);
    }

    [Fact]
    public async Task Details_go_after_their_time_and_their_records_stay()
    {
        var (old, young) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var app = await Sql.OpenAsync(api.Database.AppConnectionString);
        await AuditChain.WriteAsync(app, old);
        await AuditChain.WriteAsync(app, young);
        await api.ScalarAsync<int>("update audit.details set recorded_at = now() - interval '61 days' where record_id = $1 returning 1", old);
        await api.ScalarAsync<int>("update audit.details set recorded_at = now() - interval '59 days' where record_id = $1 returning 1", young);

        using var host = api.StartAnother(new Dictionary<string, string> { ["Sweeps:Interval"] = "00:00:00.050", ["Audit:KeepDetails"] = "60.00:00:00" });

        await Eventually.HoldsAsync(
            async () => await api.ScalarAsync<long>("select count(*) from audit.details where record_id = $1", old) == 0, "the old details are gone");
        Assert.Equal(1L, await api.ScalarAsync<long>("select count(*) from audit.details where record_id = $1", young));
        Assert.Equal(2L, await api.ScalarAsync<long>("select count(*) from audit.records where id in ($1, $2)", old, young));
    }

    [Fact]
    public async Task What_was_sealed_and_what_waits_is_measured()
    {
        using var host = api.StartAnother(new Dictionary<string, string> { ["Audit:SealInterval"] = "00:00:00.020" });
        var meter = host.Services.GetRequiredService<IMeterFactory>().Create(ServiceMeter.Name);
        var measured = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter == meter)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => measured.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.Start();

        // Until this host is the one that seals it.
        await Eventually.HoldsAsync(
            async () =>
            {
                await api.Database.WriteAsync(1);

                return measured.GetValueOrDefault("app.audit.sealed") > 0;
            },
            "a record that this host sealed");
        Assert.Contains("app.audit.pending", measured.Keys);
    }

    // As event 1701 says it.
    private static List<string> Published(LogRecorder log) =>
    [
        .. log.Records
            .Where(record => record is { Level: LogLevel.Information, Category: "HardenedService.Platform.Auditing.AuditSealer" })
            .Select(record => record.Message["The head of the audit trail is ".Length..]),
    ];

    // Sealed to the end, without a gap and without a record twice.
    private async Task IsWholeAsync()
    {
        await Eventually.HoldsAsync(
            async () =>
            {
                await api.Database.SealAsync();

                return await api.ScalarAsync<long>("select count(*) from audit.pending") == 0;
            },
            "no record waits");
        var (exitCode, output) = await api.Database.VerifyAsync();

        Assert.True(exitCode == 0, output);
        Assert.Equal(
            await api.ScalarAsync<long>("select count(*) from audit.records"),
            await api.ScalarAsync<long>("select max(sequence) from audit.seals"));
    }
}
