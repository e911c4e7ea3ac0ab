using HardenedService.Platform.Configuration;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Privacy;
using HardenedService.Platform.RateLimiting;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HardenedService.Api.Identity;

internal static class IdentityExtensions
{
    /// <summary>The limit of calls that hash a password, the dearest thing that a stranger can ask for.</summary>
    public const string PasswordLimit = "password";

    /// <summary>The limit of exports, which read everything that there is of a person.</summary>
    public const string ExportLimit = "export";

    public static void AddIdentity(this WebApplicationBuilder builder)
    {
        builder.AddOptions<AccountOptions>(AccountOptions.Section);
        builder.AddDbContext<IdentityDb>();
        builder.Services.AddIdentityCore<Account>().AddUserStore<AccountStore>();

        // Identity's own checks look for a free user name first; here a unique constraint on the address decides.
        builder.Services.RemoveAll<IUserValidator<Account>>();

        builder.AddRateLimit(PasswordLimit, burst: 60, perMinute: 60);
        builder.AddRateLimit(ExportLimit, burst: 5, perMinute: 0.1);
        builder.AddPersonalData<AccountData>();
        builder.MapConstraint(
            "sessions_account_id_fkey", Problems.InvalidCredentials, "The account was deleted in the meantime.");
        builder.MapConstraint(
            "one_time_tokens_account_id_fkey", Problems.Unauthenticated, "The account was deleted in the meantime.");
        builder.MapConstraint("totp_factors_account_id_fkey", Problems.Unauthenticated, "The account was deleted in the meantime.");
        builder.Services.AddSingleton<AccountMails>();
        builder.Services.AddScoped<OneTimeTokens>();
        builder.AddPasswords();
        builder.AddOptions<AccountLimitOptions>(AccountLimitOptions.Section);
        builder.Services.AddScoped<AccountLimits>();
        builder.Services.AddScoped<KnownNetworks>();
        builder.Services.AddScoped<NewSession>();
        builder.Services.AddScoped<PasswordProof>();
        builder.Services.AddScoped<AccountAccess>();
        builder.Services.AddScoped<MailRequests>();
        builder.AddOutboxTask<ForgotPasswordRequest, MailResetLink>(ForgotPassword.Kind);
        builder.AddOutboxTask<ResendConfirmationRequest, MailConfirmationAgain>(ResendConfirmation.Kind);
        builder.Services.AddScoped<TotpFactors>();
        builder.Services.AddScoped<RecoveryCodes>();
        builder.Services.AddScoped<SecondFactors>();
        builder.AddPasskeys();
        builder.AddIdentitySweeps();
    }
}
