using HardenedService.Api.Identity;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Counts what is hashed and verified, and can be held at it.</summary>
internal sealed class CountedHasher : IPasswordHasher<Account>
{
    private readonly PasswordHasher<Account> _hasher = OfCost(1000);
    private int _verified;
    private int _hashed;

    public int Verified => _verified;

    public int Hashed => _hashed;

    /// <summary>Called in front of each verification.</summary>
    public Action Verifying { get; set; } = () => { };

    /// <summary>Called in front of each hash.</summary>
    public Action Hashing { get; set; } = () => { };

    public static PasswordHasher<Account> OfCost(int iterations) => new(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));

    /// <summary>Makes it the one of a host.</summary>
    public void Use(IWebHostBuilder web) => web.ConfigureTestServices(services => services.AddSingleton<IPasswordHasher<Account>>(this));

    public string HashPassword(Account user, string password)
    {
        Interlocked.Increment(ref _hashed);
        Hashing();
        return _hasher.HashPassword(user, password);
    }

    public PasswordVerificationResult VerifyHashedPassword(Account user, string hashedPassword, string providedPassword)
    {
        Interlocked.Increment(ref _verified);
        Verifying();
        return _hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
    }
}
