using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Asks for a link that sets a new password.</summary>
/// <param name="Email">The account's address.</param>
public sealed record ForgotPasswordRequest([property: Required, MailAddress] string Email);

internal static class ForgotPassword
{
    public const string Kind = "forgot_password";

    /// <summary>Asks for a link that sets a new password</summary>
    /// <remarks>
    /// The answer is the same for every address, and so is the work. A link goes to the address of a confirmed account only: an unconfirmed
    /// one is registered anew instead, and a disabled one stays so. A newer link replaces the older one.
    /// </remarks>
    public static async Task<Accepted<Empty>> Handle(
        ForgotPasswordRequest request,
        HttpContext context,
        AccountLimits limits,
        MailRequests requests,
        CancellationToken cancel)
    {
        await limits.ForgotPasswordAsync(request.Email, context.Connection, cancel);

        return await requests.TakeAsync(Kind, request.Email, request, cancel);
    }
}

/// <summary>Mails the link, if there is somebody to mail it to.</summary>
internal sealed class MailResetLink(UserManager<Account> accounts, OneTimeTokens tokens, AccountMails mails, Mailer mailer)
    : IOutboxTask<ForgotPasswordRequest>
{
    public async Task RunAsync(ForgotPasswordRequest payload, CancellationToken cancel)
    {
        if (await accounts.FindByEmailAsync(payload.Email) is { EmailConfirmed: true, DisabledAt: null } account)
        {
            // To the address as it was confirmed, whatever was typed in.
            var token = await tokens.IssueMailedAsync(TokenPurpose.Reset, account.Id, account.Email!, state: null, cancel);
            await mailer.SendAsync(mails.ResetPassword(account.Email!, token), cancel);
        }
    }
}
