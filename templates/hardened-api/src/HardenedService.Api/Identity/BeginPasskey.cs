using System.Globalization;
using System.Text.Json.Nodes;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Identity;

/// <summary>What a browser needs for a ceremony.</summary>
/// <param name="Ticket">To be sent along with the browser's answer. It works once, within ten minutes.</param>
/// <param name="Options">
/// For <c>PublicKeyCredential.parseCreationOptionsFromJSON</c> or <c>parseRequestOptionsFromJSON</c>, as it is (WebAuthn, section 5.1).
/// </param>
public sealed record PasskeyCeremony(string Ticket, JsonObject Options)
{
    internal static PasskeyCeremony Of(string ticket, string options) => new(ticket, JsonNode.Parse(options)!.AsObject());
}

internal static class BeginPasskey
{
    /// <summary>Begins the making of a passkey</summary>
    /// <remarks>
    /// The page hands the options to `navigator.credentials.create`, and sends what comes back, as `toJSON()` makes it, with the ticket.
    /// </remarks>
    public static async Task<Results<Ok<PasskeyCeremony>, ProblemHttpResult>> Handle(
        Session session,
        HttpContext context,
        IPasskeyHandler<Account> passkeys,
        OneTimeTokens tokens,
        IdentityDb db,
        CancellationToken cancel)
    {
        if (await db.Passkeys.CountAsync(passkey => passkey.AccountId == session.UserId, cancel) >= Passkey.MaxPerAccount)
        {
            return AddPasskey.TooMany();
        }

        // The id is what authenticators keep and hand back to whoever asks: the account's, which tells nobody anything, not the address.
        var owner = new PasskeyUserEntity
        {
            Id = session.UserId.ToString("D", CultureInfo.InvariantCulture),
            Name = session.Email,
            DisplayName = session.Email,
        };
        var creation = await passkeys.MakeCreationOptionsAsync(owner, context);
        var ticket = await tokens.IssueTicketAsync(TokenPurpose.PasskeyCreation, session.UserId, creation.AttestationState, cancel);

        return TypedResults.Ok(PasskeyCeremony.Of(ticket, creation.CreationOptionsJson));
    }
}
