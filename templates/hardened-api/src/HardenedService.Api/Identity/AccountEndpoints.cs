using HardenedService.Platform.Data;

namespace HardenedService.Api.Identity;

internal static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder v1)
    {
        v1.MapPost("/accounts", RegisterAccount.Handle).AllowAnonymous().OpensOwnTransactions();
        v1.MapPost("/accounts/confirm", ConfirmAccount.Handle).AllowAnonymous().OpensOwnTransactions();

        v1.MapGet("/account", GetAccount.Handle);
    }
}
