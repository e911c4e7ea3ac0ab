using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Identity;

/// <summary>Adds a passkey.</summary>
/// <param name="Ticket">The ticket that came with the options.</param>
/// <param name="Credential">What the browser made, as <c>PublicKeyCredential.toJSON()</c> tells it.</param>
/// <param name="Name">What its owner calls it, such as the device that it is on.</param>
public sealed record AddPasskeyRequest(
    [property: Required, MaxLength(OpaqueToken.MaxLength)] string Ticket,
    [property: Required, JsonObject(Passkey.MaxCredentialLength)] JsonElement Credential,
    [property: MinLength(1), SingleLine(100)] string? Name = null);

internal static class AddPasskey
{
    /// <summary>What is said of a credential, whatever is wrong with it.</summary>
    public const string Refusal = "This is not a new passkey that a page of this service asked for with this ticket, made by a person whom the device verified.";

    // What the standard names so far (WebAuthn, section 5.8.4). The page says it, and it is told again to every page that adds a passkey.
    private static readonly string[] Transports = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

    /// <summary>Adds a passkey</summary>
    /// <remarks>The account's other sessions end, and its address is told. A ticket is used up by the first try, right or wrong.</remarks>
    public static async Task<Results<Created<PasskeyItem>, ProblemHttpResult>> Handle(
        AddPasskeyRequest request,
        Session session,
        HttpContext context,
        IPasskeyHandler<Account> passkeys,
        OneTimeTokens tokens,
        SessionStore sessions,
        AccountMails mails,
        Mailer mailer,
        AuditTrail audit,
        IdentityDb db,
        UnitOfWork work,
        CancellationToken cancel)
    {
        // Its only try, committed at once: a challenge is answered once, rightly or not.
        if (await tokens.TryAsync(TokenPurpose.PasskeyCreation, request.Ticket, cancel) is not { } ticket || ticket.AccountId != session.UserId)
        {
            return Problems.InvalidToken.Result();
        }

        var attestation = await work.ReadAsync(
            () => passkeys.PerformAttestationAsync(
                new() { HttpContext = context, CredentialJson = request.Credential.GetRawText(), AttestationState = ticket.State }),
            cancel);
        attestation.Failure.ThrowIfOurs();

        if (!attestation.Succeeded)
        {
            return Problems.Invalid("credential", Refusal);
        }

        await using var transaction = await work.BeginAsync(cancel);

        // Locks the account: of many passkeys at once, each is counted before the next. And whoever's session was ended meanwhile, by a new
        // password for instance, does not leave a key behind.
        if (!await sessions.EndAllAsync(session.UserId, except: session.Id, cancel))
        {
            return Problems.Unauthenticated.Result();
        }

        if (await db.Passkeys.CountAsync(passkey => passkey.AccountId == session.UserId, cancel) >= Passkey.MaxPerAccount)
        {
            return TooMany();
        }

        var added = Of(attestation.Passkey, session.UserId, request.Name);
        db.Passkeys.Add(added);
        await db.SaveChangesAsync(cancel);
        await mailer.SendAsync(mails.FactorChanged(session.Email, "A passkey was added to"), cancel);
        await audit.WriteAsync(new(AuditActions.PasskeyAdded, added.Id), cancel);
        await transaction.CommitAsync();

        return TypedResults.Created($"/v1/account/passkeys/{added.Id}", PasskeyItem.Of(added));
    }

    public static ProblemHttpResult TooMany() => Problems.Conflict.Result($"An account has at most {Passkey.MaxPerAccount} passkeys: remove one first.");

    private static Passkey Of(UserPasskeyInfo made, Guid accountId, string? name) => new()
    {
        Id = Guid.CreateVersion7(),
        AccountId = accountId,
        CredentialId = made.CredentialId,
        PublicKey = made.PublicKey,
        Name = name,
        SignCount = made.SignCount,
        Transports = [.. Transports.Intersect(made.Transports ?? [])],
        IsBackupEligible = made.IsBackupEligible,
        IsBackedUp = made.IsBackedUp,
    };
}
