using HardenedService.Api.Documents.Reviews;
using HardenedService.Platform.Data;
using HardenedService.Platform.Tenancy;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace HardenedService.Api.Documents;

/// <summary>The feature's tables. There is no filter by organization: the database shows a transaction its own organization's rows alone.</summary>
internal sealed class DocumentsDb(DbContextOptions<DocumentsDb> options) : DbContext(options)
{
    public DbSet<Document> Documents => Set<Document>();

    public DbSet<Review> Reviews => Set<Review>();

    /// <summary>Whether there is such a document, for whoever asks.</summary>
    public Task<bool> HasAsync(Guid id, CancellationToken cancel) => Documents.AnyAsync(document => document.Id == id, cancel);

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.UseSnakeCase();
        configurationBuilder.UseTenantOwned();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema("documents");

        modelBuilder.Entity<Document>(document =>
        {
            document.ToTable("documents");
            document.HasKey(d => d.Id);
            document.Property(d => d.Id).ValueGeneratedNever();
            document.HasIndex(d => new { d.OrganizationId, d.FileId }).IsUnique();
            document.Property(d => d.Status).HasConversion(status => EnumColumns.Name(status), name => EnumColumns.Value<DocumentStatus>(name));
            document.Property(d => d.CreatedAt).ValueGeneratedOnAdd().Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);
            document.Property(d => d.Version).ValueGeneratedOnAdd();
        });

        modelBuilder.Entity<Review>(review =>
        {
            review.ToTable("reviews");
            review.HasKey(r => r.Id);
            review.Property(r => r.Id).ValueGeneratedNever();
            review.Property(r => r.Status).HasConversion(status => EnumColumns.Name(status), name => EnumColumns.Value<ReviewStatus>(name));
            review.Property(r => r.CreatedAt).ValueGeneratedOnAdd().Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);
        });
    }
}
