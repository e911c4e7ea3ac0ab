using HardenedService.Platform.Data;
using HardenedService.Platform.Tenancy;
using HardenedService.Tests.Migrations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

/// <summary>Something that an organization owns. Nothing here but the interface says so, and no query does.</summary>
internal sealed class Memo : ITenantOwned
{
    /// <summary>What a migration of the feature would hold. Its tenant's part is the column, the foreign key and the last line.</summary>
    public const string Schema =
        """
        create schema memos;
        create table memos.memos (
          id uuid not null,
          organization_id uuid not null,
          text text not null,
          version bigint not null default 1,
          constraint memos_pkey
            primary key (id),
          constraint memos_organization_id_fkey
            foreign key (organization_id) references tenancy.organizations (id) on delete cascade,
          constraint memos_text_length_check
            check (char_length(text) between 1 and 100)
        );
        create index memos_organization_id_idx
          on memos.memos (organization_id, id);
        grant usage on schema memos
          to hardened_service_app;
        grant select, insert, update, delete on memos.memos
          to hardened_service_app;
        select tenancy.guard_rows('memos.memos');
        """;

    public required Guid Id { get; init; }

    public Guid OrganizationId { get; init; }

    public required string Text { get; init; }

    public long Version { get; init; } = 1;

    /// <summary>Makes the table as a migration would: as the owner of the others.</summary>
    public static Task MigrateAsync(string ownerConnectionString) => Sql.RunAsync(ownerConnectionString, Schema);
}

/// <summary>No query filter, and no WHERE.</summary>
internal sealed class MemosDb(DbContextOptions<MemosDb> options) : DbContext(options)
{
    public DbSet<Memo> Memos => Set<Memo>();

    /// <summary>As <see cref="DatabaseExtensions.AddDbContext{TContext}"/> does it for an application under construction.</summary>
    public static void Add(IServiceCollection services) => services.AddDbContext<MemosDb>((scope, options) => options
        .UseNpgsql(scope.GetRequiredService<NpgsqlConnection>())
        .AddInterceptors(new JoinUnitOfWork(scope.GetRequiredService<UnitOfWork>())));

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.UseSnakeCase();
        configurationBuilder.UseTenantOwned();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema("memos");
        modelBuilder.Entity<Memo>(memo =>
        {
            memo.ToTable("memos");
            memo.Property(m => m.Id).ValueGeneratedNever();
        });
    }
}
