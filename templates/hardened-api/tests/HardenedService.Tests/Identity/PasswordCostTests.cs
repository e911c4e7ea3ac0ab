using System.Buffers.Binary;
using HardenedService.Api.Identity;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Identity;

public sealed class PasswordCostTests
{
    [Fact]
    [Wall("A7")]
    public async Task A_password_is_hashed_by_pbkdf2_with_sha512_and_220000_iterations_or_more()
    {
        await using var app = ApiHost.Prepare("Development").Build();

        // Identity's format 3: a marker, then the pseudo-random function and the iterations as big-endian numbers.
        var hash = Convert.FromBase64String(await app.Services.GetRequiredService<Passwords>().HashAsync(People.Password, TestContext.Current.CancellationToken));
        const uint Sha512 = 2;
        Assert.Equal(1, hash[0]);
        Assert.Equal(Sha512, BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(1)));
        Assert.True(BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(5)) >= 220_000);
    }
}
