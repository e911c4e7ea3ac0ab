using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>The body <c>{}</c>: an answer that says nothing, on purpose.</summary>
public sealed record Empty;

internal static class IdentityResultExtensions
{
    /// <summary>For changes that validation has already let through: a refusal now is a fault of ours, or a lost race.</summary>
    public static void ThrowIfFailed(this IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new InvalidOperationException($"Identity refused the change: {result}");
        }
    }
}
