using HardenedService.Platform.Data;
using HardenedService.Platform.RateLimiting;

namespace HardenedService.Api.Identity;

internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder v1)
    {
        v1.MapPost("/sessions", SignIn.Handle).AllowAnonymous().OpensOwnTransactions().RequireRateLimit(IdentityExtensions.PasswordLimit);

        v1.MapGet("/sessions/current", GetCurrentSession.Handle);
        v1.MapDelete("/sessions/current", SignOut.Handle);
    }
}
