using System.Diagnostics.Metrics;
using System.Reflection;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.RateLimiting;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Identity;

internal static class PasswordExtensions
{
    public static void AddPasswords(this WebApplicationBuilder builder)
    {
        builder.AddOptions<PasswordHashingOptions>(PasswordHashingOptions.Section);
        builder.AddOptions<BreachedPasswordOptions>(BreachedPasswordOptions.Section);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = PasswordCost.Iterations);
        builder.Services.AddSingleton<IPasswordHasher<Account>, PasswordHasher<Account>>();
        builder.Services.AddKeyedSingleton(Passwords.Bulkhead, (services, _) => Bulkhead(services));
        builder.Services.AddSingleton<Passwords>();
        builder.Services.AddWorker<PasswordUpgrades>();
        builder.Services.AddSingleton(CommonPasswords());
        builder.Services.AddSingleton<BreachedPasswords>();
        builder.Services.AddSingleton<PasswordPolicy>();
    }

    /// <summary>The list that the operator's console made.</summary>
    public static PasswordBlocklist CommonPasswords()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("common-passwords.txt")!;
        using var file = new StreamReader(stream);

        return PasswordBlocklist.Load(file);
    }

    private static Bulkhead Bulkhead(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<PasswordHashingOptions>>().Value;

        return new Bulkhead(
            Passwords.Bulkhead,
            options.Concurrency,
            options.Queue,
            options.Patience,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<IMeterFactory>());
    }
}
