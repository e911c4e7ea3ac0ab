using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Asks for an account.</summary>
/// <param name="Email">The address, which a mail goes to.</param>
/// <param name="Password">The password, asked for again when the address is confirmed.</param>
public sealed record RegisterRequest(
    [property: Required, MailAddress] string Email,
    [property: Required, NewPassword] string Password);

internal static class RegisterAccount
{
    /// <summary>Asks for an account</summary>
    /// <remarks>
    /// The answer is the same for a new and for a known address, and a mail goes out either way: only whoever reads the mailbox learns
    /// which it was. Until the address is confirmed, registering again replaces what was pending, password and token.
    /// </remarks>
    public static async Task<Results<Accepted<Empty>, ProblemHttpResult>> Handle(
        RegisterRequest request,
        HttpContext context,
        AccountLimits limits,
        PasswordPolicy policy,
        UserManager<Account> accounts,
        Passwords passwords,
        OneTimeTokens tokens,
        AccountMails mails,
        Mailer mailer,
        AuditTrail audit,
        IdentityDb db,
        UnitOfWork work,
        CancellationToken cancel)
    {
        if (await policy.CheckAsync(request.Password, request.Email, mfaEnabled: false, cancel) is { } fault)
        {
            return Problems.Invalid("password", fault);
        }

        var attempt = await limits.RegisterAsync(request.Email, context.Connection, cancel);

        // Before the transaction: a hash takes a tenth of a second, and no transaction waits for it.
        var hash = await attempt.RunAsync(() => passwords.HashAsync(request.Password, cancel));

        await using var transaction = await work.BeginAsync(cancel);
        await db.LockAddressAsync(accounts.NormalizeEmail(request.Email), cancel);
        var account = await accounts.FindByEmailAsync(request.Email);

        var isKnown = account is { EmailConfirmed: true };

        if (isKnown)
        {
            await mailer.SendLatestAsync(AccountMails.Registered, mails.AlreadyRegistered(account!.Email!), cancel);
        }
        else
        {
            account = await StoreAsync(accounts, account, request.Email, hash);
            var token = await tokens.IssueMailedAsync(TokenPurpose.Confirm, account.Id, account.Email!, state: null, cancel);
            await mailer.SendLatestAsync(AccountMails.Confirmation, mails.ConfirmAccount(account.Email!, token), cancel);
        }

        var outcome = isKnown ? AuditOutcome.Refused : AuditOutcome.Success;
        await audit.WriteAsync(new(AuditActions.AccountRegistered, account.Id) { Outcome = outcome, Email = request.Email }, cancel);
        await transaction.CommitAsync();

        return TypedResults.Accepted((string?)null, new Empty());
    }

    private static async Task<Account> StoreAsync(UserManager<Account> accounts, Account? pending, string email, string hash)
    {
        if (pending is null)
        {
            var account = new Account { Id = Guid.CreateVersion7(), Email = email, PasswordHash = hash };
            (await accounts.CreateAsync(account)).ThrowIfFailed();

            return account;
        }

        pending.Email = email;
        pending.PasswordHash = hash;
        (await accounts.UpdateAsync(pending)).ThrowIfFailed();

        return pending;
    }
}
