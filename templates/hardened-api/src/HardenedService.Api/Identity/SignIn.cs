using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Browsers;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

/// <summary>Signs in with a password.</summary>
/// <param name="Email">The account's address.</param>
/// <param name="Password">Its password.</param>
/// <param name="Transport">How the session's token will travel. Default: in a cookie.</param>
public sealed record SignInRequest(
    [property: Required, MailAddress] string Email,
    [property: Required, Password] string Password,
    SessionTransport Transport = SessionTransport.Cookie);

internal static class SignIn
{
    /// <summary>Signs in</summary>
    /// <remarks>
    /// One refusal for a wrong password, an unknown address and a disabled account, at the same cost; only a right password is told more.
    /// </remarks>
    public static async Task<Results<Created<SessionAnswer>, ProblemHttpResult>> Handle(
        SignInRequest request,
        HttpContext context,
        PasswordProof password,
        SecondFactors factors,
        NewSession newSession,
        CrossSiteGuard guard,
        AuditTrail audit,
        UnitOfWork work,
        CancellationToken cancel)
    {
        // Before a hash is spent.
        if (guard.Refuses(context.Request, request.Transport))
        {
            return Problems.CrossSiteRequest.Result();
        }

        var (attempt, account, subjectId) = await password.TryAsync(request.Email, request.Password, context.Connection, cancel);

        if (account is not { DisabledAt: null })
        {
            return await RefuseAsync(Problems.InvalidCredentials.Result());
        }

        if (!account.EmailConfirmed)
        {
            return await RefuseAsync(
                Problems.EmailUnconfirmed.Result("Follow the link in the mail that was sent to this address, or register again for a new one."));
        }

        if (account.TwoFactorEnabled)
        {
            var question = await factors.AskAsync(account, cancel);

            // The password was right, and what is asked for now has a limit of its own.
            await attempt.GiveBackAsync();

            return question;
        }

        await using var transaction = await work.BeginAsync(cancel);

        if (await newSession.BeginAsync(account, request.Transport, SessionAssurance.Password, context, cancel) is not { } answer)
        {
            await transaction.DisposeAsync();

            return await RefuseAsync(Problems.InvalidCredentials.Result());
        }

        await transaction.CommitAsync();
        await attempt.GiveBackAsync();

        return answer;

        // The same work whoever has the address, or nobody.
        async Task<ProblemHttpResult> RefuseAsync(ProblemHttpResult refusal)
        {
            await audit.WriteApartAsync(new(AuditActions.SignedIn, subjectId) { Email = request.Email });

            return refusal;
        }
    }
}
