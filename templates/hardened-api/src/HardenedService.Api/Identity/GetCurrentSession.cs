using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

internal static class GetCurrentSession
{
    /// <summary>Shows the session of this request</summary>
    public static Ok<SessionAnswer> Handle(Session session) => TypedResults.Ok(SessionAnswer.Of(session));
}
