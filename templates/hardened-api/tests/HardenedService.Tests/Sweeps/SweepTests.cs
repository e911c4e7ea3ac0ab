using System.Net;
using HardenedService.Platform.Sweeps;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Sweeps;

public sealed class SweepTests(ApiFixture api, PostgresServer postgres) : IClassFixture<ApiFixture>
{
    private static readonly Dictionary<string, string> Eager = new()
    {
        ["Sweeps:Interval"] = "00:00:00.050",
        ["Sweeps:BatchSize"] = "10",
    };

    [Fact]
    public async Task What_has_had_its_time_goes_and_the_rest_stays()
    {
        // Twenty-five of each kind that are due, which takes three batches, and one that is not.
        await ExecuteAsync(
            """
            insert into identity.accounts (id, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp, created_at)
            select gen_random_uuid(), format('%s-%s@sweep.example', kind, n), format('%s-%s@SWEEP.EXAMPLE', kind, n), kind = 'confirmed', '', '', '', now() - age
            from (values ('due', 25, interval '7 days 1 minute'), ('young', 1, interval '6 days 23 hours'), ('confirmed', 1, interval '1 year'), ('renewed', 1, interval '30 days'))
              as kinds (kind, many, age), generate_series(1, many) n;

            insert into identity.one_time_tokens (id, token_hash, account_id, purpose, email, created_at, expires_at)
            select gen_random_uuid(), sha256(id::text::bytea), id, 'confirm', email, now() - interval '25 hours', now() + interval '1 hour'
            from identity.accounts where email = 'renewed-1@sweep.example';

            insert into identity.sessions (id, token_hash, account_id, epoch, transport, assurance, created_at, last_seen_at, idle_timeout, expires_at, user_agent)
            select gen_random_uuid(), sha256(format('%s%s', kind, n)::bytea), (select id from identity.accounts where email = 'confirmed-1@sweep.example'),
              0, 'cookie', 'password', now() - interval '1 day', now() - idle, interval '30 minutes', now() + rest, kind
            from (values ('expired', 25, interval '0', interval '-1 second'), ('idle', 25, interval '31 minutes', interval '1 hour'), ('live', 1, interval '29 minutes', interval '1 hour'))
              as kinds (kind, many, idle, rest), generate_series(1, many) n;

            insert into platform.outbox_messages (id, kind, payload, delivered_at, parked_at, available_at)
            select gen_random_uuid(), kind, '', now() - delivered, now() - parked, now() + interval '1 day'
            from (values ('old', 25, interval '7 days 1 minute', null), ('young', 1, interval '6 days', null), ('waiting', 1, null, null), ('parked', 1, null, interval '1 year'))
              as kinds (kind, many, delivered, parked), generate_series(1, many) n;

            insert into platform.idempotency_keys (id, user_id, fingerprint, status, headers, body, created_at, expires_at)
            select sha256(format('%s%s', kind, n)::bytea), (select id from identity.accounts where email = 'confirmed-1@sweep.example'),
              sha256(''), 201, '{}', kind::bytea, now() - interval '2 days', now() + rest
            from (values ('old', 25, interval '-1 second'), ('young', 1, interval '1 minute')) as kinds (kind, many, rest), generate_series(1, many) n;
            """);
        var confirm = await NewExpiredTokenAsync();

        using var first = api.StartAnother(settings: Eager);
        using var second = api.StartAnother(settings: Eager);

        await LeavesAsync("select email from identity.accounts where email like '%@sweep.example'", "confirmed-1@sweep.example", "renewed-1@sweep.example", "young-1@sweep.example");
        await LeavesAsync("select user_agent from identity.sessions where user_agent is not null", "live");
        await LeavesAsync("select kind from platform.outbox_messages where kind <> 'mail'", "parked", "waiting", "young");
        await LeavesAsync("select convert_from(body, 'UTF8') from platform.idempotency_keys", "young");
        await LeavesAsync("select t.email from identity.one_time_tokens t where t.expires_at <= now()");
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.ConfirmAsync(confirm)).StatusCode);
    }

    [Fact]
    public async Task An_authenticator_app_that_was_never_enabled_is_forgotten_after_a_day()
    {
        await ExecuteAsync(
            """
            insert into identity.accounts (id, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp)
            select gen_random_uuid(), n || '@totp.example', n || '@TOTP.EXAMPLE', true, '', '', '' from unnest(array['pending', 'young', 'enabled']) n;

            insert into identity.totp_factors (account_id, secret, created_at, enabled_at)
            select id, '', now() - case when email like 'young%' then interval '23 hours' else interval '25 hours' end, case when email like 'enabled%' then now() end
            from identity.accounts where email like '%@totp.example'
            """);

        using var host = api.StartAnother(settings: Eager);

        await LeavesAsync(
            "select a.email from identity.totp_factors f join identity.accounts a on a.id = f.account_id where a.email like '%@totp.example'",
            "enabled@totp.example", "young@totp.example");
    }

    [Fact]
    public async Task A_row_that_someone_else_is_at_is_passed_over_and_taken_later()
    {
        await ExecuteAsync(
            """
            insert into platform.outbox_messages (id, kind, delivered_at)
            select gen_random_uuid(), 'held-' || n, now() from generate_series(1, 3) n
            """);
        await using var holder = new NpgsqlConnection(api.Database.AdminConnectionString);
        await holder.OpenAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await Sql.RunAsync(holder, "select from platform.outbox_messages where kind = 'held-2' for key share");

        // Due only once one is held, so that the first pass of the API at hand, which may still be under way, takes none before.
        await ExecuteAsync("update platform.outbox_messages set delivered_at = now() - interval '8 days' where kind like 'held-%'");

        using var host = api.StartAnother(settings: Eager);
        const string held = "select kind from platform.outbox_messages where kind like 'held-%'";

        await LeavesAsync(held, "held-2");
        await transaction.RollbackAsync();
        await LeavesAsync(held);
    }

    [Fact]
    public async Task An_address_that_is_being_registered_is_not_swept()
    {
        await using var registering = new NpgsqlConnection(api.Database.AdminConnectionString);
        await registering.OpenAsync();
        await using var transaction = await registering.BeginTransactionAsync();
        await Sql.RunAsync(registering, "select pg_advisory_xact_lock(hashtextextended('1@LOCK.EXAMPLE', 0))::text");
        await ExecuteAsync(
            """
            insert into identity.accounts (id, email, normalized_email, password_hash, security_stamp, concurrency_stamp, created_at)
            select gen_random_uuid(), n || '@lock.example', n || '@LOCK.EXAMPLE', '', '', '', now() - interval '8 days' from generate_series(1, 2) n
            """);

        using var host = api.StartAnother(settings: Eager);
        const string accounts = "select email from identity.accounts where email like '%@lock.example'";

        await LeavesAsync(accounts, "1@lock.example");
        await transaction.RollbackAsync();
        await LeavesAsync(accounts);
    }

    [Fact]
    public async Task A_sweep_that_fails_keeps_no_other_from_its_work()
    {
        await ExecuteAsync("insert into platform.outbox_messages (id, kind, delivered_at) values (gen_random_uuid(), 'after-failure', now() - interval '8 days')");
        var broken = new Sweep("broken", "delete from no_such_table where $1 > 0 and $2 is not null");

        using var host = api.StartAnother(
            settings: Eager,
            configure: web => web.ConfigureTestServices(services => services.Insert(0, ServiceDescriptor.Singleton(broken))));

        await LeavesAsync("select kind from platform.outbox_messages where kind = 'after-failure'");
    }

    [Fact]
    public async Task A_sweep_may_take_longer_than_a_request_and_leaves_the_limit_of_requests_as_it_is()
    {
        await ExecuteAsync("insert into platform.outbox_messages (id, kind, delivered_at) values (gen_random_uuid(), 'slow', now())");
        var slow = new Sweep(
            "slow", "delete from platform.outbox_messages where kind = 'slow' and $1 > 0 and $2 is not null and pg_sleep(1.5)::text = ''");

        using var host = api.StartAnother(
            settings: Eager.Concat(ApiHost.DefaultTimeouts).Append(new("Database:ConnectionString", $"{api.Database.AppConnectionString};Maximum Pool Size=4;No Reset On Close=true")).ToDictionary(),
            configure: web => web.ConfigureTestServices(services => services.AddSingleton(slow)));

        await LeavesAsync("select kind from platform.outbox_messages where kind = 'slow'");

        // All of the pool at once, so that the sweep's is among them.
        var database = host.Services.GetRequiredService<NpgsqlDataSource>();
        var connections = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => database.OpenConnectionAsync().AsTask()));

        foreach (var connection in connections)
        {
            await using var command = new NpgsqlCommand("show statement_timeout", connection);
            Assert.Equal("900ms", await command.ExecuteScalarAsync());
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_sweep_that_takes_longer_than_it_may_is_ended()
    {
        await ExecuteAsync("insert into platform.outbox_messages (id, kind, delivered_at) values (gen_random_uuid(), 'endless', now())");
        var endless = new Sweep(
            "endless", "delete from platform.outbox_messages where kind = 'endless' and $1 > 0 and $2 is not null and pg_sleep(600)::text = ''");
        using var log = new ErrorLog();

        using var host = api.StartAnother(
            settings: Eager.Append(new("Sweeps:CommandTimeout", "00:00:01")).ToDictionary(),
            configure: web =>
            {
                log.Attach(web);
                web.ConfigureTestServices(services => services.AddSingleton(endless));
            });

        await Eventually.HoldsAsync(() => log.Errors.Any(error => error.Contains("57014", StringComparison.Ordinal)), "the server to end the statement");
        await ExecuteAsync("delete from platform.outbox_messages where kind = 'endless'");
    }

    [Fact]
    public async Task What_expires_is_found_by_an_index()
    {
        // Of its own: once autovacuum has looked at a table of few rows, any index is as good as the right one.
        await using var empty = await postgres.CreateDatabaseAsync();
        await using var database = NpgsqlDataSource.Create($"{empty.AdminConnectionString};Options=-c enable_seqscan=off");

        // An idle session cannot be: when it was last used stands in no index.
        foreach (var sweep in api.Api.Services.GetServices<Sweep>().Where(sweep => sweep.Name != "idle_sessions"))
        {
            await using var command = database.CreateCommand($"explain (format json) {sweep.Sql}");
            command.Parameters.Add(new() { Value = 500 });
            command.Parameters.Add(new() { Value = sweep.Keep });

            Assert.Matches(@"""Index Cond"": ""\([^""]+ <= \(now\(\) - ", (string?)await command.ExecuteScalarAsync());
        }
    }

    private async Task<string> NewExpiredTokenAsync()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email);
        var token = (await api.MailAsync(email)).Token!;
        await ExecuteAsync("update identity.one_time_tokens set created_at = now() - interval '2 days', expires_at = now() where email like '%@example.org'");

        return token;
    }

    private Task LeavesAsync(string names, params string[] expected) => Eventually.HoldsAsync(
        async () => (await api.ScalarAsync<string>($"select coalesce(string_agg(name, ' ' order by name), '') from ({names}) as rows (name)")) == string.Join(' ', expected),
        $"{names} to give {string.Join(' ', expected)}");

    private Task<object?> ExecuteAsync(string sql) => Sql.RunAsync(api.Database.AdminConnectionString, sql);
}
