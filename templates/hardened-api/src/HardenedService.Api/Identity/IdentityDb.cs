using HardenedService.Platform.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace HardenedService.Api.Identity;

/// <summary>Identity's stores, mapped onto the schema that the migrations make.</summary>
internal sealed class IdentityDb(DbContextOptions<IdentityDb> options) : IdentityUserContext<Account, Guid>(options)
{
    public DbSet<Passkey> Passkeys => Set<Passkey>();

    /// <summary>
    /// Makes changes to what an address is registered as queue up, in the transaction at hand, so that of many at once each sees what
    /// the one before did.
    /// </summary>
    public Task LockAddressAsync(string normalizedEmail, CancellationToken cancel) =>
        Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({normalizedEmail}, 0))", cancel);

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.UseSnakeCase();

    // The base's model is not built upon: it maps user names, phone numbers, claims and more that this service does not have.
    protected override void OnModelCreating(ModelBuilder builder)
    {
        builder.HasDefaultSchema("identity");
        builder.Ignore<IdentityUserClaim<Guid>>();
        builder.Ignore<IdentityUserLogin<Guid>>();
        builder.Ignore<IdentityUserToken<Guid>>();
        builder.Ignore<IdentityUserPasskey<Guid>>();
        builder.Entity<Passkey>(Passkey.Map);

        builder.Entity<Account>(account =>
        {
            account.ToTable("accounts");
            account.HasKey(a => a.Id);
            account.Property(a => a.Id).ValueGeneratedNever();
            account.Property(a => a.Email).IsRequired();
            account.Property(a => a.NormalizedEmail).IsRequired();
            account.HasIndex(a => a.NormalizedEmail).IsUnique();
            account.Property(a => a.PasswordHash).IsRequired();
            account.Property(a => a.SecurityStamp).IsRequired();
            account.Property(a => a.ConcurrencyStamp).IsRequired().IsConcurrencyToken();
            account.Property(a => a.TwoFactorEnabled).HasColumnName("mfa_enabled");
            account.Property(a => a.CreatedAt).ValueGeneratedOnAdd().Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);

            // The operator's, and the session store's: read, and never written.
            account.Property(a => a.DisabledAt).ValueGeneratedOnAddOrUpdate();
            account.Property(a => a.SessionEpoch).ValueGeneratedOnAddOrUpdate();
            account.Property(a => a.IsAdministrator).ValueGeneratedOnAddOrUpdate();

            account.Ignore(a => a.UserName);
            account.Ignore(a => a.NormalizedUserName);
            account.Ignore(a => a.PhoneNumber);
            account.Ignore(a => a.PhoneNumberConfirmed);
            account.Ignore(a => a.LockoutEnabled);
            account.Ignore(a => a.LockoutEnd);
            account.Ignore(a => a.AccessFailedCount);
        });
    }
}
