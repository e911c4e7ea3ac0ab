using System.Globalization;
using System.Text.RegularExpressions;
using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Migrations;

/// <summary>A migrator between two attempts.</summary>
[Wall("K4")]
public sealed partial class MigratorRetryTests(PostgresServer server)
{
    private const int Deadlocks = 6;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deadlock_is_tried_again_and_not_each_time_after_the_same_pause()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await Sql.RunAsync(database.AdminConnectionString, $"""
            create sequence public.attempts;
            create function public.collide() returns event_trigger language plpgsql security definer as $$
            begin
              if nextval('public.attempts') <= {Deadlocks} then
                raise exception using errcode = 'deadlock_detected', message = 'deadlock detected';
              end if;
            end
            $$;
            create event trigger collide on ddl_command_start when tag in ('CREATE INDEX') execute function public.collide();
            """);
        await using var output = new WatchedWriter();

        await new Migrator(database.OwnerConnectionString, output, new MigratorOptions { Pause = TimeSpan.FromSeconds(1) }).UpAsync(1, Cancel);

        var pauses = Pause().Matches(output.ToString()).Select(match => double.Parse(match.Groups["seconds"].ValueSpan, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Deadlocks, pauses.Count);
        Assert.All(pauses, pause => Assert.InRange(pause, 0.5, 1.5));
        Assert.NotEqual(pauses.Min(), pauses.Max());
    }

    [Fact]
    public async Task Who_has_lost_the_turn_goes_no_further()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await new Migrator(database.OwnerConnectionString, TextWriter.Null).UpAsync(1, Cancel);
        await using var busy = await Sql.OpenAsync(database.OwnerConnectionString);
        await using var transaction = await busy.BeginTransactionAsync(Cancel);
        await Sql.RunAsync(busy, "lock table identity.accounts");
        await using var output = new WatchedWriter();
        var hurried = new MigratorOptions { LockTimeout = TimeSpan.FromMilliseconds(100), Pause = TimeSpan.FromMilliseconds(100), Attempts = 50 };
        var migrating = new Migrator(database.OwnerConnectionString, output, hurried).UpAsync(null, Cancel);
        await output.LineOfAsync(migrating, "Migration 2 (Sessions) did not get its lock");

        await Sql.RunAsync(
            database.AdminConnectionString,
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())");

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => migrating);
    }

    [GeneratedRegex(@"trying again in (?<seconds>[0-9]+\.[0-9]) s", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pause();
}
