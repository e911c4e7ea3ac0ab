using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Outbox;

public sealed class OutboxMetricsTests(OutboxFixture outbox) : IClassFixture<OutboxFixture>
{
    [Fact]
    public async Task The_backlog_is_measured_by_kinds_of_which_there_are_as_many_as_handlers_and_one()
    {
        using var measured = new Measurements(outbox.Host.Services.GetRequiredService<IMeterFactory>().Create(ServiceMeter.Name));
        outbox.Quick.Deliver = (text, _) => text == "refused" ? throw new UndeliverableException("Refused.") : Task.CompletedTask;
        await outbox.EnqueueAsync("quick", "refused", "delivered");
        await Sql.RunAsync(
            outbox.Database.AdminConnectionString,
            """
            insert into platform.outbox_messages (id, kind, payload, created_at, available_at)
            select gen_random_uuid(), kind, '', now() - interval '1 hour', now() + interval '1 hour'
            from (values ('slow'), ('slow'), ('unheard-of'), ('unknown')) as kinds (kind)
            """);

        // Those of no handler are recorded last.
        await Eventually.HoldsAsync(
            () => measured.Latest("depth", "slow") == 2 && measured.Latest("parked", "quick") == 1 && measured.Latest("oldest_age", "other") > 0, "the measure");
        Assert.Equal(2, measured.Latest("depth", "other"));
        Assert.Equal(0, measured.Latest("depth", "fragile"));
        Assert.InRange(measured.Latest("oldest_age", "slow")!.Value, 3600, 3660);
        Assert.InRange(measured.Latest("oldest_age", "other")!.Value, 3600, 3660);
        Assert.Equal(0, measured.Latest("oldest_age", "fragile"));
        Assert.Equal(1, measured.Sum("attempts", "quick", "delivered"));
        Assert.Equal(1, measured.Sum("attempts", "quick", "parked"));
        Assert.DoesNotContain(measured.Kinds, kind => kind is "unheard-of" or "unknown");

        await Sql.RunAsync(outbox.Database.AdminConnectionString, "delete from platform.outbox_messages");
        await Eventually.HoldsAsync(
            () => measured.Latest("depth", "slow") == 0 && measured.Latest("depth", "other") == 0 && measured.Latest("parked", "quick") == 0, "nothing to be left");
    }

    /// <summary>Listens to what is measured of the outbox, as an exporter would.</summary>
    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentQueue<(string Instrument, string Kind, string? Outcome, long Value)> _all = new();

        public Measurements(Meter meter)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == meter && instrument.Name.StartsWith("app.outbox.", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _all.Enqueue(
                (instrument.Name.Split('.')[^1], Tag(tags, "kind")!, Tag(tags, "outcome"), value)));
            _listener.Start();
        }

        public IEnumerable<string> Kinds => _all.Select(one => one.Kind).Distinct();

        public long? Latest(string instrument, string kind) => _all.LastOrDefault(one => one.Instrument == instrument && one.Kind == kind) is { Kind: not null } latest ? latest.Value : null;

        public long Sum(string instrument, string kind, string outcome) =>
            _all.Where(one => one.Instrument == instrument && one.Kind == kind && one.Outcome == outcome).Sum(one => one.Value);

        public void Dispose() => _listener.Dispose();

        private static string? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
        {
            foreach (var tag in tags)
            {
                if (tag.Key == name)
                {
                    return $"{tag.Value}";
                }
            }

            return null;
        }
    }
}
