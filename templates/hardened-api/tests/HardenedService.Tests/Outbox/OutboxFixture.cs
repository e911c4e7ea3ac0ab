using HardenedService.Platform.Data;
using HardenedService.Platform.Outbox;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Outbox;

/// <summary>The API with three kinds of messages more, each with a handler that does as the test at hand says.</summary>
public sealed class OutboxFixture(PostgresServer postgres) : IAsyncLifetime
{
    public const int SlowPlaces = 2;
    public const int FragileAttempts = 2;

    private static readonly (string Key, string Value)[] Settings =
    [
        ("Outbox:FirstRetry", "00:00:00.020"),
        ("Outbox:LongestRetry", "00:00:00.050"),
        ("Outbox:MeasureInterval", "00:00:01"),
    ];

    public TestDatabase Database { get; private set; } = null!;

    public ApiHost Host { get; private set; } = null!;

    internal TestHandler Quick { get; } = new("quick");

    internal TestHandler Slow { get; } = new("slow");

    internal TestHandler Fragile { get; } = new("fragile");

    public async ValueTask InitializeAsync()
    {
        Database = await postgres.CreateDatabaseAsync();
        Host = Start();
    }

    /// <summary>A further host with these handlers, which note what all hosts deliver, and with one of its own.</summary>
    internal ApiHost Start(TestHandler? own = null, params IEnumerable<(string Key, string Value)> settings) => ApiHost.Start(
        Database.AppConnectionString,
        settings: Settings.Concat(settings).ToDictionary(setting => setting.Key, setting => setting.Value),
        configure: web => web.ConfigureTestServices(services =>
        {
            services.AddOutboxHandler(_ => Quick);
            services.AddOutboxHandler(_ => Slow, new() { Concurrency = SlowPlaces });
            services.AddOutboxHandler(_ => Fragile, new() { MaxAttempts = FragileAttempts, DeliveryTimeout = TimeSpan.FromSeconds(1) });

            if (own is not null)
            {
                services.AddOutboxHandler(_ => own);
            }
        }));

    /// <summary>Adds messages in one transaction.</summary>
    public Task EnqueueAsync(string kind, params string[] texts) => InTransactionAsync(async outbox =>
    {
        foreach (var text in texts)
        {
            await outbox.EnqueueAsync(kind, text, TestContext.Current.CancellationToken);
        }
    });

    /// <summary>Adds a message behind those of its key.</summary>
    public Task EnqueueInOrderAsync(string kind, string key, string text, ApiHost? host = null) => InTransactionAsync(
        outbox => outbox.EnqueueInOrderAsync(kind, key, text, TestContext.Current.CancellationToken), host);

    public async Task InTransactionAsync(Func<Platform.Outbox.Outbox, Task> act, ApiHost? host = null)
    {
        await using var scope = (host ?? Host).Services.CreateAsyncScope();
        await using var transaction = await scope.ServiceProvider.GetRequiredService<UnitOfWork>().BeginAsync(TestContext.Current.CancellationToken);
        await act(scope.ServiceProvider.GetRequiredService<Platform.Outbox.Outbox>());
        await transaction.CommitAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql) => (T)(await Sql.RunAsync(Database.AdminConnectionString, sql))!;

    public Task HoldsAsync(string sql, string what) => Eventually.HoldsAsync(
        async () => await Sql.RunAsync(Database.AdminConnectionString, sql) is true, what);

    /// <summary>Forgets what was delivered, and every message.</summary>
    public async Task ResetAsync()
    {
        await Sql.RunAsync(Database.AdminConnectionString, "truncate platform.outbox_messages");

        foreach (var handler in new[] { Quick, Slow, Fragile })
        {
            handler.Begun.Clear();
            handler.Delivered.Clear();
            handler.Deliver = (_, _) => Task.CompletedTask;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Host?.Dispose();
        await Database.DisposeAsync();
    }
}
