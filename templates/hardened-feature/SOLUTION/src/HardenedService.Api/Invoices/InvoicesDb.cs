using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Invoices;

/// <summary>Mapped onto the schema that the migrations make. What it finds is the organization's: see docs/tenancy.md.</summary>
internal sealed class InvoicesDb(DbContextOptions<InvoicesDb> options) : DbContext(options)
{
    public DbSet<Invoice> Invoices => Set<Invoice>();

    /// <summary>Why a change found no row: there is none, or it has another version by now.</summary>
    public async Task<ProblemHttpResult> WhyUnchangedAsync(Guid id, CancellationToken cancel) =>
        await Invoices.AnyAsync(row => row.Id == id, cancel) ? Problems.PreconditionFailed.Result() : Problems.NotFound.Result();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.UseSnakeCase();
        configurationBuilder.UseTenantOwned();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema("invoices");
        modelBuilder.Entity<Invoice>(row =>
        {
            row.ToTable("invoices");
            row.Property(r => r.Id).ValueGeneratedNever();
            row.Property(r => r.CreatedAt).HasDefaultValueSql("now()");
        });
    }
}
