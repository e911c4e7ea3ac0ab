using HardenedService.Platform.Data;
using HardenedService.Platform.RateLimiting;

namespace HardenedService.Api.Identity;

internal static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder v1)
    {
        v1.MapPost("/accounts", RegisterAccount.Handle).AllowAnonymous().OpensOwnTransactions().RequireRateLimit(IdentityExtensions.PasswordLimit);
        v1.MapPost("/accounts/confirm", ConfirmAccount.Handle).AllowAnonymous().OpensOwnTransactions().RequireRateLimit(IdentityExtensions.PasswordLimit);

        v1.MapGet("/account", GetAccount.Handle);
    }
}
