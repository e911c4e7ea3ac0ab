using System.Globalization;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.RateLimiting;
using HardenedService.Platform.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Asks for second factors, and looks at them: every code that anybody presents comes through here.</summary>
internal sealed class SecondFactors(
    TotpFactors totp,
    RecoveryCodes recoveryCodes,
    OneTimeTokens tokens,
    UserManager<Account> accounts,
    AccountLimits limits,
    AccountMails mails,
    Mailer mailer,
    AuditTrail audit,
    UnitOfWork work)
{
    /// <summary>What is said of a code that proves nothing.</summary>
    public const string Refusal = "The code is wrong, or it was used before. A code works once: wait for the next one.";

    private const string TotpMethod = "totp";
    private const string RecoveryCodeMethod = "recovery_code";

    /// <summary>
    /// The answer to a right password. Its ticket is of the account's session epoch at that time: it ends with all sessions, when the
    /// password is reset.
    /// </summary>
    public async Task<ProblemHttpResult> AskAsync(Account account, CancellationToken cancel)
    {
        await using var transaction = await work.BeginAsync(cancel);
        var epoch = account.SessionEpoch.ToString(CultureInfo.InvariantCulture);
        var ticket = await tokens.IssueTicketAsync(TokenPurpose.Mfa, account.Id, epoch, cancel);
        string[] methods =
        [
            .. await totp.IsUsableAsync(account.Id, cancel) ? [TotpMethod] : Array.Empty<string>(),
            .. await recoveryCodes.CountAsync(account.Id, cancel) > 0 ? [RecoveryCodeMethod] : Array.Empty<string>(),
        ];
        await transaction.CommitAsync();

        return Problems.MfaRequired.Result(
            "Send the ticket and a code to /v1/sessions/mfa within ten minutes.",
            new Dictionary<string, object?> { ["ticket"] = ticket, ["methods"] = methods });
    }

    /// <summary>The answer to a right password where a code has to come along with it.</summary>
    public static ProblemHttpResult AskForCode() => Problems.MfaRequired.Result(
        "Send the password again, together with a code.", new Dictionary<string, object?> { ["methods"] = new[] { TotpMethod } });

    /// <summary>Uses one factor of an account up.</summary>
    /// <returns>The proof, for what it was presented for; null if it proves nothing.</returns>
    /// <exception cref="AttemptRefusedException">The account's codes were tried too often lately.</exception>
    public async Task<FactorProof?> ProveAsync(Guid accountId, string? code, string? recoveryCode, CancellationToken cancel) =>
        code is not null
            ? await TryAsync(accountId, await limits.SecondFactorAsync(accountId, cancel), () => totp.UseAsync(accountId, code, cancel), cancel)
            : await TryAsync(accountId, attempt: null, () => UseRecoveryCodeAsync(accountId, recoveryCode ?? "", cancel), cancel);

    /// <summary>Enables the secret that was set up, by a code of it.</summary>
    /// <returns>The proof; null if the code proves nothing, or there is no secret that waits for it.</returns>
    /// <exception cref="AttemptRefusedException">The account's codes were tried too often lately.</exception>
    public async Task<FactorProof?> EnableTotpAsync(Guid accountId, string code, CancellationToken cancel) =>
        await TryAsync(accountId, await limits.EnrolmentAsync(accountId, cancel), () => totp.EnableAsync(accountId, code, cancel), cancel);

    // What is counted is counted before the code is looked at, and before a transaction is open.
    private async Task<FactorProof?> TryAsync(Guid accountId, Attempt? attempt, Func<Task<bool>> look, CancellationToken cancel)
    {
        using var stage = ServiceTraces.Stage("verify second factor");
        var proof = new FactorProof(await work.BeginAsync(cancel), attempt);

        if (await look())
        {
            return proof;
        }

        await proof.DisposeAsync();
        await audit.WriteApartAsync(new(AuditActions.SecondFactorTried, accountId));

        return null;
    }

    private async Task<bool> UseRecoveryCodeAsync(Guid accountId, string recoveryCode, CancellationToken cancel)
    {
        if (!await recoveryCodes.UseAsync(accountId, recoveryCode, cancel))
        {
            return false;
        }

        // Told to the address that the account has now.
        var account = await accounts.FindByIdAsync(accountId);
        var left = await recoveryCodes.CountAsync(accountId, cancel);
        await audit.WriteAsync(new(AuditActions.RecoveryCodeUsed, accountId) { ActorId = accountId }, cancel);
        await mailer.SendAsync(mails.FactorChanged(account!.Email!, $"A recovery code was used ({left} are left) for"), cancel);

        return true;
    }
}
