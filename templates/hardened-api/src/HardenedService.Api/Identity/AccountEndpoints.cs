using HardenedService.Platform.Errors;

namespace HardenedService.Api.Identity;

internal static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder v1)
    {
        var accounts = v1.MapGroup("").WithTags("Accounts");

        accounts.MapPost("/accounts", RegisterAccount.Handle).AllowAnonymous();
        accounts.MapPost("/accounts/confirm", ConfirmAccount.Handle).AllowAnonymous().Answers(Problems.InvalidToken);

        accounts.MapGet("/account", GetAccount.Handle).Answers(Problems.NotFound);
    }
}
