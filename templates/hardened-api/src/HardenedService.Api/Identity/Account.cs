using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>A person's account. The address is its only name: there is no user name beside it.</summary>
internal sealed class Account : IdentityUser<Guid>
{
    public DateTime CreatedAt { get; init; }

    /// <summary>When the operator disabled it; null if it is not.</summary>
    public DateTime? DisabledAt { get; init; }

    /// <summary>Raised whenever all its sessions end. Whoever begins one names the epoch that the proof was looked at in.</summary>
    public int SessionEpoch { get; init; }

    /// <summary>Made by the operator, and by nobody else.</summary>
    public bool IsAdministrator { get; init; }
}
