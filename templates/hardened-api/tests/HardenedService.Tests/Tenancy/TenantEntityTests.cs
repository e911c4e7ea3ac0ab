using HardenedService.Api.Identity;
using HardenedService.Platform.Tenancy;
using HardenedService.Tests.Migrations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

/// <summary>Every entity whose rows are an organization's says so, and one that does not is named.</summary>
public sealed class TenantEntityTests(MemosFixture memos) : IClassFixture<MemosFixture>
{
    private static readonly HashSet<string> Memos = ["memos.memos"];

    [Fact]
    public async Task Every_context_of_the_service_knows_what_is_owned_by_tenants()
    {
        await using var connection = await Sql.OpenAsync(memos.Database.AdminConnectionString);
        await using var scope = memos.Host.Services.CreateAsyncScope();
        var tables = await TenantEntities.TablesAsync(connection);
        var contexts = typeof(RegisterRequest).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(DbContext))).Append(typeof(MemosDb)).ToList();

        Assert.Contains(typeof(IdentityDb), contexts);
        Assert.Contains("memos.memos", tables);
        Assert.Empty(contexts.SelectMany(context => TenantEntities.Faults((DbContext)scope.ServiceProvider.GetRequiredService(context), tables)));
    }

    [Fact]
    public async Task The_model_of_a_tenant_owned_feature_agrees_with_its_schema()
    {
        await using var connection = new NpgsqlConnection(memos.Database.AdminConnectionString);
        await using var scope = memos.Host.Services.CreateAsyncScope();

        await SchemaAgreement.AssertAgreesAsync(scope.ServiceProvider.GetRequiredService<MemosDb>(), connection);
    }

    [Fact]
    public void An_entity_that_hides_its_tenant_is_named()
    {
        Assert.Equal(["Planted.Silent maps memos.memos, of which every row is an organization's: let it implement ITenantOwned."], Faults<Silent>(Memos, isConvened: true));
        Assert.Equal(["Planted.Owned is ITenantOwned, and memos.memos has no column organization_id: put it behind tenancy.guard_rows in its migration."], Faults<Owned>(new HashSet<string>(), isConvened: true));
        Assert.Equal(["Planted.Owned leaves its organization to whoever saves it: call UseTenantOwned in the context's ConfigureConventions."], Faults<Owned>(Memos, isConvened: false));
        Assert.Empty(Faults<Owned>(Memos, isConvened: true));
    }

    private static List<string> Faults<TEntity>(IReadOnlySet<string> tables, bool isConvened)
        where TEntity : class
    {
        using var context = new Planted<TEntity>(isConvened);

        return [.. TenantEntities.Faults(context, tables).Select(fault => fault.Replace("Planted`1", "Planted", StringComparison.Ordinal))];
    }

    private sealed class Silent
    {
        public Guid Id { get; init; }

        public Guid OrganizationId { get; init; }
    }

    private sealed class Owned : ITenantOwned
    {
        public Guid Id { get; init; }

        public Guid OrganizationId { get; init; }
    }

    // A context has one model for each type, and these are of several.
    private sealed class Planted<TEntity>(bool isConvened) : DbContext
        where TEntity : class
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql("Host=none").EnableServiceProviderCaching(false);

        protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
        {
            if (isConvened)
            {
                configurationBuilder.UseTenantOwned();
            }
        }

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<TEntity>().ToTable("memos", "memos");
    }
}
