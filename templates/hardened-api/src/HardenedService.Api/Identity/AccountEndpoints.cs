using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.RateLimiting;

namespace HardenedService.Api.Identity;

internal static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder v1)
    {
        var accounts = v1.MapGroup("").WithTags("Accounts");

        accounts.MapPost("/accounts", RegisterAccount.Handle)
            .AllowAnonymous()
            .OpensOwnTransactions()
            .RequireRateLimit(IdentityExtensions.PasswordLimit)
            .RequireRoom(Passwords.Bulkhead);
        accounts.MapPost("/accounts/confirm", ConfirmAccount.Handle)
            .AllowAnonymous()
            .OpensOwnTransactions()
            .RequireRateLimit(IdentityExtensions.PasswordLimit)
            .RequireRoom(Passwords.Bulkhead)
            .Answers(Problems.InvalidToken);

        accounts.MapGet("/account", GetAccount.Handle).Answers(Problems.NotFound);
    }
}
