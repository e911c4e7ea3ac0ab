using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Asks for another mail that confirms an address.</summary>
/// <param name="Email">The address that was registered.</param>
public sealed record ResendConfirmationRequest([property: Required, MailAddress] string Email);

internal static class ResendConfirmation
{
    public const string Kind = "resend_confirmation";

    /// <summary>Asks for another mail that confirms an address</summary>
    /// <remarks>
    /// The answer is the same for every address, and so is the work. A mail goes out only if a registration waits to be confirmed. Its link
    /// replaces the older one, and asks for the password of that registration as ever.
    /// </remarks>
    public static async Task<Accepted<Empty>> Handle(
        ResendConfirmationRequest request,
        HttpContext context,
        AccountLimits limits,
        MailRequests requests,
        CancellationToken cancel)
    {
        await limits.ResendAsync(request.Email, context.Connection, cancel);

        return await requests.TakeAsync(Kind, request.Email, request, cancel);
    }
}

/// <summary>Mails the link again, if a registration waits for it.</summary>
internal sealed class MailConfirmationAgain(UserManager<Account> accounts, OneTimeTokens tokens, AccountMails mails, Mailer mailer, IdentityDb db)
    : IOutboxTask<ResendConfirmationRequest>
{
    public async Task RunAsync(ResendConfirmationRequest payload, CancellationToken cancel)
    {
        await db.LockAddressAsync(accounts.NormalizeEmail(payload.Email), cancel);

        if (await accounts.FindByEmailAsync(payload.Email) is { EmailConfirmed: false, DisabledAt: null } account)
        {
            // For the new stamp alone: the sweep that has just found this registration forgotten passes it over.
            (await accounts.UpdateAsync(account)).ThrowIfFailed();
            var token = await tokens.IssueMailedAsync(TokenPurpose.Confirm, account.Id, account.Email!, state: null, cancel);
            await mailer.SendLatestAsync(AccountMails.Confirmation, mails.ConfirmAccount(account.Email!, token), cancel);
        }
    }
}
