using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;

namespace HardenedService.Api.Identity;

internal static class SecondFactorEndpoints
{
    public static void MapSecondFactors(this IEndpointRouteBuilder v1)
    {
        var factors = v1.MapGroup("/account/mfa").WithTags("Second factors");

        factors.MapPost("/totp", SetUpTotp.Handle).RequireFreshSession().Answers(Problems.Conflict);
        factors.MapPost("/totp/enable", EnableTotp.Handle).OpensOwnTransactions().Answers(Problems.InvalidCredentials, Problems.Conflict);
        factors.MapDelete("/totp", DisableTotp.Handle)
            .OpensOwnTransactions()
            .RequireFreshSession()
            .Answers(Problems.InvalidCredentials, Problems.Conflict);
        factors.MapPost("/recovery-codes", MakeRecoveryCodes.Handle)
            .OpensOwnTransactions()
            .RequireFreshSession()
            .Answers(Problems.InvalidCredentials);
    }
}
