using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>A person's account. The address is its only name: there is no user name beside it.</summary>
internal sealed class Account : IdentityUser<Guid>
{
    public DateTime CreatedAt { get; init; }
}
