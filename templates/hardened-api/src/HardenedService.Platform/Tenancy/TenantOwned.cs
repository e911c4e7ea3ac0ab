using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;

namespace HardenedService.Platform.Tenancy;

/// <summary>An entity of which every row is an organization's. Its table stands behind <c>tenancy.guard_rows</c> in its migration.</summary>
public interface ITenantOwned
{
    /// <summary>The organization. The database fills it in: it is the one that the transaction acts in.</summary>
    Guid OrganizationId { get; }
}

/// <summary>How tenants' tables are mapped.</summary>
public static class TenantOwned
{
    /// <summary>
    /// Leaves the organization of every <see cref="ITenantOwned"/> entity to the database. There is no query filter: without one, and
    /// without a WHERE, a query finds the rows of the transaction's organization and no others.
    /// </summary>
    /// <param name="conventions">The context's conventions.</param>
    public static void UseTenantOwned(this ModelConfigurationBuilder conventions)
    {
        ArgumentNullException.ThrowIfNull(conventions);
        conventions.Conventions.Add(_ => new GivenByTheDatabase());
    }

    private sealed class GivenByTheDatabase : IModelFinalizingConvention
    {
        public void ProcessModelFinalizing(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context)
        {
            foreach (var entity in modelBuilder.Metadata.GetEntityTypes().Where(entity => typeof(ITenantOwned).IsAssignableFrom(entity.ClrType)))
            {
                var organization = entity.FindProperty(nameof(ITenantOwned.OrganizationId))!;
                organization.Builder.ValueGenerated(ValueGenerated.OnAdd);
                organization.Builder.AfterSave(PropertySaveBehavior.Throw);
            }
        }
    }
}
