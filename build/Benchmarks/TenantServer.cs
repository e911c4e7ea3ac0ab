using Npgsql;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>A server on a PostgreSQL with a million rows of ten thousand organizations, somebody being signed in to some of these.</summary>
internal sealed class TenantServer : IAsyncDisposable
{
    /// <summary>The question of which there is no WHERE.</summary>
    public const string List = "select id, text from bench.guarded order by id limit 50";

    private const int Sessions = 32;
    private const int SeedTimeout = 600;

    // The owner sees nothing behind the wall either, unless it is taken down for a moment. The organization of session n has the id n, and so
    // has one of its rows.
    private const string Seed =
        """
        create schema bench;
        create table bench.guarded (
          id uuid not null,
          organization_id uuid not null,
          text text not null
        );
        alter table tenancy.organizations no force row level security;
        alter table tenancy.members no force row level security;

        insert into tenancy.organizations (id, name)
        select lpad(to_hex(n), 32, '0')::uuid, 'Organization ' || n
        from generate_series(1, 10000) n;

        insert into bench.guarded (id, organization_id, text)
        select lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex((n - 1) % 10000 + 1), 32, '0')::uuid, lpad(n::text, 20, '.')
        from generate_series(1, 1000000) n;
        create table bench.open as table bench.guarded;

        with numbered as (
          select id, account_id, lpad(to_hex(row_number() over (order by id)), 32, '0')::uuid as organization_id
          from identity.sessions
        ), joined as (
          insert into tenancy.members (organization_id, account_id, role)
          select organization_id, account_id, 'member'
          from numbered
        )
        update identity.sessions s
        set organization_id = n.organization_id,
            organization_role = 'member'
        from numbered n
        where n.id = s.id;

        alter table tenancy.organizations force row level security;
        alter table tenancy.members force row level security;
        alter table bench.guarded add constraint guarded_pkey primary key (id);
        alter table bench.open add constraint open_pkey primary key (id);
        create index guarded_organization_id_idx on bench.guarded (organization_id, id);
        grant usage on schema bench to hardened_service_app;
        grant select on bench.guarded, bench.open to hardened_service_app;
        select tenancy.guard_rows('bench.guarded');
        analyze;
        """;

    private readonly SignInTarget _target;
    private readonly BenchServer _server;
    private readonly string _app;

    private TenantServer(SignInTarget target, BenchServer server, string app, IReadOnlyList<string> tokens)
    {
        _target = target;
        _server = server;
        _app = app;
        Tokens = tokens;
    }

    /// <summary>Of sessions, each in another organization.</summary>
    public IReadOnlyList<string> Tokens { get; }

    public Uri Address => _server.Address;

    public static async Task<TenantServer> StartAsync(string program, string data, CancellationToken cancel)
    {
        var target = await SignInTarget.StartAsync(data, cancel);
        try
        {
            var tokens = new List<string>();
            while (tokens.Count < Sessions)
            {
                tokens.Add(await target.NewTokenAsync(cancel));
            }

            await using (var owner = NpgsqlDataSource.Create(await SignInTarget.ConnectionStringAsync(data, "Owner", cancel)))
            {
                await using var seed = owner.CreateCommand(Seed);
                seed.CommandTimeout = SeedTimeout;
                await seed.ExecuteNonQueryAsync(cancel);
            }

            var app = await SignInTarget.ConnectionStringAsync(data, "App", cancel);
            return new(target, await BenchServer.StartAsync(program, cancel, app, List), app, tokens);
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    /// <summary>How PostgreSQL goes about the list, as it was done for one organization.</summary>
    public async Task<string> PlanAsync(CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(_app);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"begin; set local app.organization_id = '00000000-0000-0000-0000-000000000001'; explain (analyze, costs off, buffers off) {List}", connection);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var lines = new List<string>();
        while (await rows.ReadAsync(cancel))
        {
            lines.Add(rows.GetString(0));
        }

        return string.Join('\n', lines);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _target.DisposeAsync();
    }
}
