using System.Buffers.Binary;
using HardenedService.Api.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Identity;

public sealed class PasswordCostTests
{
    [Fact]
    public async Task A_password_is_hashed_by_pbkdf2_with_sha512_and_220000_iterations_or_more()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.AddIdentity();
        using var services = builder.Services.BuildServiceProvider();

        // Identity's format 3: a marker, then the pseudo-random function and the iterations as big-endian numbers.
        var hash = Convert.FromBase64String(await services.GetRequiredService<Passwords>().HashAsync("correct horse battery staple", TestContext.Current.CancellationToken));
        const uint Sha512 = 2;
        Assert.Equal(1, hash[0]);
        Assert.Equal(Sha512, BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(1)));
        Assert.True(BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(5)) >= 220_000);
    }
}
