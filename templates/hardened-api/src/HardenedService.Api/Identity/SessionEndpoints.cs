using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.RateLimiting;
using HardenedService.Platform.Security;

namespace HardenedService.Api.Identity;

internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder v1)
    {
        var sessions = v1.MapGroup("/sessions").WithTags("Sessions");

        sessions.MapPost("/", SignIn.Handle)
            .AllowAnonymous()
            .OpensOwnTransactions()
            .RequireRateLimit(IdentityExtensions.PasswordLimit)
            .RequireRoom(Passwords.Bulkhead)
            .SendsSessionCookie(StatusCodes.Status201Created)
            .Answers(Problems.InvalidCredentials, Problems.EmailUnconfirmed, Problems.MfaRequired);
        sessions.MapPost("/mfa", SignInWithSecondFactor.Handle)
            .AllowAnonymous()
            .OpensOwnTransactions()
            .SendsSessionCookie(StatusCodes.Status201Created)
            .Answers(Problems.InvalidToken);

        sessions.MapGet("/", ListSessions.Handle);
        sessions.MapDelete("/", EndOtherSessions.Handle);
        sessions.MapDelete("/{id:guid}", EndSession.Handle).SendsSessionCookie(StatusCodes.Status204NoContent).Answers(Problems.NotFound);

        sessions.MapGet("/current", GetCurrentSession.Handle);
        sessions.MapDelete("/current", SignOut.Handle).SendsSessionCookie(StatusCodes.Status204NoContent);
        sessions.MapPost("/current/reauthenticate", Reauthenticate.Handle)
            .OpensOwnTransactions()
            .RequireRateLimit(IdentityExtensions.PasswordLimit)
            .RequireRoom(Passwords.Bulkhead)
            .SendsSessionCookie(StatusCodes.Status200OK)
            .Answers(Problems.InvalidCredentials, Problems.MfaRequired);
    }
}
