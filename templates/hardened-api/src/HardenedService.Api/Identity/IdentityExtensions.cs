using HardenedService.Platform.Configuration;
using HardenedService.Platform.Data;
using HardenedService.Platform.RateLimiting;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HardenedService.Api.Identity;

internal static class IdentityExtensions
{
    // OWASP's figure for PBKDF2 with SHA-512 is 210,000; we stay above it.
    private const int HashIterations = 220_000;

    /// <summary>The limit of calls that hash a password, the dearest thing that a stranger can ask for.</summary>
    public const string PasswordLimit = "password";

    public static void AddIdentity(this WebApplicationBuilder builder)
    {
        builder.AddOptions<AccountOptions>(AccountOptions.Section);
        builder.AddDbContext<IdentityDb>();
        builder.Services.AddSingleton<IPasswordHasher<Account>, PasswordHasher<Account>>();
        builder.Services.AddIdentityCore<Account>().AddUserStore<AccountStore>();
        builder.Services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = HashIterations);

        // Identity's own checks look for a free user name first; here a unique constraint on the address decides.
        builder.Services.RemoveAll<IUserValidator<Account>>();

        builder.AddRateLimit(PasswordLimit, burst: 60, perMinute: 60);
        builder.Services.AddSingleton<AccountMails>();
        builder.Services.AddScoped<OneTimeTokens>();
        builder.Services.AddSingleton<Passwords>();
        builder.Services.AddScoped<NewSession>();
        builder.AddPasskeys();
        builder.AddIdentitySweeps();
    }
}
