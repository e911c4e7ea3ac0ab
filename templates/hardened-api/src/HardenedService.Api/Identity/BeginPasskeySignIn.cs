using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

internal static class BeginPasskeySignIn
{
    /// <summary>Begins a sign-in by passkey</summary>
    /// <remarks>
    /// The page hands the options to `navigator.credentials.get`, and sends what comes back, as `toJSON()` makes it, with the ticket. Nobody
    /// says who they are: the authenticator offers the passkeys that it has for this service.
    /// </remarks>
    public static async Task<Ok<PasskeyCeremony>> Handle(
        HttpContext context, IPasskeyHandler<Account> passkeys, OneTimeTokens tokens, CancellationToken cancel)
    {
        var assertion = await passkeys.MakeRequestOptionsAsync(user: null, context);
        var ticket = await tokens.IssueTicketAsync(TokenPurpose.PasskeyAssertion, accountId: null, assertion.AssertionState, cancel);

        return TypedResults.Ok(PasskeyCeremony.Of(ticket, assertion.RequestOptionsJson));
    }
}
