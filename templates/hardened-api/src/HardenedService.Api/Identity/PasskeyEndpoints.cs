using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.RateLimiting;
using HardenedService.Platform.Security;

namespace HardenedService.Api.Identity;

internal static class PasskeyEndpoints
{
    public static void MapPasskeys(this IEndpointRouteBuilder v1)
    {
        var passkeys = v1.MapGroup("/account/passkeys").WithTags("Passkeys");

        passkeys.MapGet("/", ListPasskeys.Handle);
        passkeys.MapPost("/options", BeginPasskey.Handle).RequireFreshSession().Answers(Problems.Conflict);
        passkeys.MapPost("/", AddPasskey.Handle)
            .RequireFreshSession()
            .OpensOwnTransactions()
            .Answers(Problems.InvalidToken, Problems.Conflict);
        passkeys.MapDelete("/{id:guid}", RemovePasskey.Handle).RequireFreshSession().Answers(Problems.NotFound);

        var sessions = v1.MapGroup("/sessions/passkey").WithTags("Sessions");

        sessions.MapPost("/options", BeginPasskeySignIn.Handle).AllowAnonymous().RequireRateLimit(PasskeyExtensions.Limit);
        sessions.MapPost("/", SignInWithPasskey.Handle)
            .AllowAnonymous()
            .OpensOwnTransactions()
            .RequireRateLimit(PasskeyExtensions.Limit)
            .SendsSessionCookie(StatusCodes.Status201Created)
            .Answers(Problems.InvalidToken, Problems.InvalidCredentials);
    }
}
