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

        // Setting up asked for a fresh session, and nobody but that session has seen the secret.
        factors.MapPost("/totp/enable", EnableTotp.Handle).OpensOwnTransactions().Answers(Problems.InvalidCredentials, Problems.Conflict);
        factors.MapDelete("/totp", DisableTotp.Handle)
            .RequireFreshSession()
            .OpensOwnTransactions()
            .Answers(Problems.InvalidCredentials, Problems.Conflict);
        factors.MapPost("/recovery-codes", MakeRecoveryCodes.Handle)
            .RequireFreshSession()
            .OpensOwnTransactions()
            .Answers(Problems.InvalidCredentials);
    }
}
