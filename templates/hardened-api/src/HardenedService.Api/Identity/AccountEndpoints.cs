using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.OpenApi;
using HardenedService.Platform.RateLimiting;
using HardenedService.Platform.Security;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Api.Identity;

internal static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder v1)
    {
        var accounts = v1.MapGroup("").WithTags("Accounts");

        accounts.MapPost("/accounts", RegisterAccount.Handle)
            .AllowAnonymous()
            .OpensOwnTransactions()
            .RequireRateLimit(IdentityExtensions.PasswordLimit)
            .RequireRoom(Passwords.Bulkhead);
        accounts.MapPost("/accounts/confirm", ConfirmAccount.Handle)
            .AllowAnonymous()
            .OpensOwnTransactions()
            .RequireRateLimit(IdentityExtensions.PasswordLimit)
            .RequireRoom(Passwords.Bulkhead)
            .Answers(Problems.InvalidToken);
        accounts.MapPost("/accounts/resend-confirmation", ResendConfirmation.Handle).AllowAnonymous().OpensOwnTransactions();
        accounts.MapPost("/accounts/forgot-password", ForgotPassword.Handle).AllowAnonymous().OpensOwnTransactions();
        accounts.MapPost("/accounts/reset-password", ResetPassword.Handle)
            .AllowAnonymous()
            .OpensOwnTransactions()
            .RequireRateLimit(IdentityExtensions.PasswordLimit)
            .RequireRoom(Passwords.Bulkhead)
            .Answers(Problems.InvalidToken);

        accounts.MapGet("/account", GetAccount.Handle).Answers(Problems.NotFound);
        accounts.MapDelete("/account", DeleteAccount.Handle)
            .RequireFreshSession()
            .SendsSessionCookie(StatusCodes.Status204NoContent)
            .Answers(Problems.Conflict);
        accounts.MapGet("/account/export", ExportAccount.Handle)
            .RequireFreshSession()
            .IsAudited(AuditActions.AccountExported)
            .RequireRateLimit(IdentityExtensions.ExportLimit)
            .SendsHeader(StatusCodes.Status200OK, HeaderNames.ContentDisposition, "Makes a browser save it as a file.");
        accounts.MapPost("/account/password", ChangePassword.Handle)
            .RequireFreshSession()
            .OpensOwnTransactions()
            .RequireRateLimit(IdentityExtensions.PasswordLimit)
            .RequireRoom(Passwords.Bulkhead)
            .SendsSessionCookie(StatusCodes.Status200OK)
            .Answers(Problems.InvalidCredentials);
        accounts.MapPost("/account/email", ChangeEmail.Handle).RequireFreshSession().OpensOwnTransactions();
        accounts.MapPost("/account/email/confirm", ConfirmEmailChange.Handle)
            .AllowAnonymous()
            .OpensOwnTransactions()
            .Answers(Problems.InvalidToken);
    }
}
