using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Identity;

/// <summary>One's own passkeys, the oldest first.</summary>
/// <param name="Items">The passkeys.</param>
public sealed record PasskeyList(IReadOnlyList<PasskeyItem> Items);

/// <summary>A passkey as its owner sees it.</summary>
/// <param name="Id">The passkey.</param>
/// <param name="Name">What its owner calls it, or null.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="LastUsedAt">When somebody last signed in with it, or null.</param>
public sealed record PasskeyItem(Guid Id, string? Name, DateTime CreatedAt, DateTime? LastUsedAt)
{
    internal static PasskeyItem Of(Passkey passkey) => new(passkey.Id, passkey.Name, passkey.CreatedAt, passkey.LastUsedAt);
}

internal static class ListPasskeys
{
    /// <summary>Lists one's own passkeys</summary>
    public static async Task<Ok<PasskeyList>> Handle(Session session, IdentityDb db, CancellationToken cancel)
    {
        var passkeys = await db.Passkeys
            .AsNoTracking()
            .Where(passkey => passkey.AccountId == session.UserId)
            .OrderBy(passkey => passkey.Id)
            .ToListAsync(cancel);

        return TypedResults.Ok(new PasskeyList([.. passkeys.Select(PasskeyItem.Of)]));
    }
}
