using HardenedService.Platform.Auditing;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Auditing;

/// <summary>Causes what is audited, and says what the record has to say.</summary>
internal delegate Task<ExpectedRecord> Scenario(AuditScene scene);

/// <summary>For every action of the catalogue: what causes it. A scenario that is missing fails <see cref="AuditedActTests"/>.</summary>
internal static partial class AuditScenarios
{
    private const string Wrong = "not the right password";

    /// <summary>By the name of the action, and what is special about the act.</summary>
    public static IReadOnlyDictionary<string, Scenario> All =>
        new[] { Accounts, Sessions, Factors, Operators, Organizations }.SelectMany(group => group).ToDictionary(StringComparer.Ordinal);

    private static readonly Dictionary<string, Scenario> Accounts = new()
    {
        ["account.registered"] = async scene =>
        {
            var email = People.NewAddress();
            await scene.ActAsync(() => scene.Api.RegisterAsync(email));

            return new(AuditActions.AccountRegistered, Actor: null, await scene.AccountAsync(email)) { Email = email };
        },
        ["account.registered, of a known address"] = async scene =>
        {
            var known = await scene.NewPersonAsync();
            await scene.ActAsync(() => scene.Api.RegisterAsync(known.Email));

            return new(AuditActions.AccountRegistered, Actor: null, known.Id) { Email = known.Email, Outcome = AuditOutcome.Refused };
        },
        ["account.confirmed"] = async scene =>
        {
            var email = People.NewAddress();
            await scene.Api.RegisterAsync(email);
            var mail = await scene.Api.MailAsync(email);
            var id = await scene.AccountAsync(email);
            await scene.ActAsync(() => scene.Api.ConfirmAsync(mail.Token));

            return new(AuditActions.AccountConfirmed, id, id) { Also = AuditActions.OrganizationFounded };
        },
        ["account.password_changed"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.ActAsync(() => scene.Api.ChangePasswordAsync(person.Token));

            return new(AuditActions.PasswordChanged, person.Id, person.Id) { Session = person.SessionId };
        },
        ["account.password_changed, with a wrong one"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.ActAsync(() => scene.Api.ChangePasswordAsync(person.Token, Wrong));

            return new(AuditActions.PasswordChanged, person.Id, person.Id) { Session = person.SessionId, Outcome = AuditOutcome.Refused };
        },
        ["account.password_reset"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            var token = await scene.Api.NewResetTokenAsync(person.Email);
            await scene.ActAsync(() => scene.Api.ResetPasswordAsync(token));

            return new(AuditActions.PasswordReset, person.Id, person.Id);
        },
        ["account.password_reset, in somebody else's session"] = async scene =>
        {
            var (person, other) = (await scene.NewPersonAsync(), await scene.NewPersonAsync());
            var token = await scene.Api.NewResetTokenAsync(person.Email);
            await scene.ActAsync(() => scene.Api.PostAsync("/v1/accounts/reset-password", new { token, newPassword = AccountCalls.NewPassword }, other.Token));

            return new(AuditActions.PasswordReset, person.Id, person.Id);
        },
        ["account.email_change_asked"] = async scene =>
        {
            var (person, email) = (await scene.NewPersonAsync(), People.NewAddress());
            await scene.ActAsync(() => scene.Api.ChangeEmailAsync(person.Token, email));

            return new(AuditActions.EmailChangeAsked, person.Id, person.Id) { Session = person.SessionId, Email = email };
        },
        ["account.email_changed"] = async scene =>
        {
            var (person, email) = (await scene.NewPersonAsync(), People.NewAddress());
            var token = await scene.Api.NewAddressTokenAsync(person.Token, email);
            await scene.ActAsync(() => scene.Api.ConfirmEmailChangeAsync(token));

            return new(AuditActions.EmailChanged, person.Id, person.Id) { Email = email };
        },
        ["account.exported"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.ActAsync(() => scene.Api.SendAsync(HttpMethod.Get, "/v1/account/export", person.Token));

            return new(AuditActions.AccountExported, person.Id, person.Id) { Session = person.SessionId };
        },
        ["account.deleted"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.ActAsync(() => scene.Api.SendAsync(HttpMethod.Delete, "/v1/account", person.Token));

            return new(AuditActions.AccountDeleted, person.Id, person.Id) { Session = person.SessionId, IsErased = true };
        },
    };

    private static readonly Dictionary<string, Scenario> Sessions = new()
    {
        ["session.signed_in"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            var answer = await scene.ActAsync(() => scene.Api.SignInAsync(person.Email));

            return new(AuditActions.SignedIn, person.Id, person.Id) { Session = await SessionInAsync(answer) };
        },
        ["session.signed_in, with a second factor"] = async scene =>
        {
            var (person, app, _) = await scene.NewPersonWithTotpAsync();
            var (ticket, code) = (await scene.Api.TicketAsync(person.Email), await scene.Api.CodeAsync(app));
            var answer = await scene.ActAsync(() => scene.Api.RedeemAsync(ticket, code));

            return new(AuditActions.SignedIn, person.Id, person.Id) { Session = await SessionInAsync(answer) };
        },
        ["session.signed_in, with a passkey"] = async scene =>
        {
            using var authenticator = new Authenticator();
            var person = await scene.NewPersonAsync();
            await scene.Api.NewPasskeyAsync(person.Token, authenticator);
            var answer = await scene.ActAsync(() => scene.Api.SignInWithPasskeyAsync(authenticator));

            return new(AuditActions.SignedIn, person.Id, person.Id) { Session = await SessionInAsync(answer) };
        },
        ["session.signed_in, with a wrong password"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.ActAsync(() => scene.Api.SignInAsync(person.Email, Wrong));

            return new(AuditActions.SignedIn, Actor: null, person.Id) { Outcome = AuditOutcome.Refused, Email = person.Email };
        },
        ["session.signed_in, to an unknown address"] = async scene =>
        {
            var email = People.NewAddress();
            await scene.ActAsync(() => scene.Api.SignInAsync(email, Wrong));

            return new(AuditActions.SignedIn, Actor: null, Subject: null) { Outcome = AuditOutcome.Refused, Email = email };
        },
        ["session.signed_in, unconfirmed"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.Api.SetAccountAsync(person.Email, "email_confirmed = false");
            await scene.ActAsync(() => scene.Api.SignInAsync(person.Email));

            return new(AuditActions.SignedIn, Actor: null, person.Id) { Outcome = AuditOutcome.Refused, Email = person.Email };
        },
        ["session.signed_in, with a passkey of a disabled account"] = async scene =>
        {
            using var authenticator = new Authenticator();
            var person = await scene.NewPersonAsync();
            await scene.Api.NewPasskeyAsync(person.Token, authenticator);
            await scene.Api.SetAccountAsync(person.Email, "disabled_at = now()");
            await scene.ActAsync(() => scene.Api.SignInWithPasskeyAsync(authenticator));

            return new(AuditActions.SignedIn, Actor: null, person.Id) { Outcome = AuditOutcome.Refused };
        },
        ["session.reauthenticated"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.ActAsync(() => scene.Api.PostAsync("/v1/sessions/current/reauthenticate", new { password = People.Password }, person.Token));

            return new(AuditActions.Reauthenticated, person.Id, person.Id) { Session = person.SessionId };
        },
        ["session.reauthenticated, with a wrong password"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.ActAsync(() => scene.Api.PostAsync("/v1/sessions/current/reauthenticate", new { password = Wrong }, person.Token));

            return new(AuditActions.Reauthenticated, person.Id, person.Id) { Session = person.SessionId, Outcome = AuditOutcome.Refused };
        },
        ["session.signed_out"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.ActAsync(() => scene.Api.SendAsync(HttpMethod.Delete, "/v1/sessions/current", person.Token));

            return new(AuditActions.SignedOut, person.Id, person.SessionId) { Session = person.SessionId };
        },
        ["session.ended"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            var other = await SessionInAsync(await scene.Api.SignInAsync(person.Email));
            await scene.ActAsync(() => scene.Api.SendAsync(HttpMethod.Delete, $"/v1/sessions/{other}", person.Token));

            return new(AuditActions.SessionEnded, person.Id, other) { Session = person.SessionId };
        },
        ["session.others_ended"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.ActAsync(() => scene.Api.SendAsync(HttpMethod.Delete, "/v1/sessions", person.Token));

            return new(AuditActions.OtherSessionsEnded, person.Id, person.Id) { Session = person.SessionId };
        },
    };

    private static async Task<Guid> SessionInAsync(HttpResponseMessage answer) =>
        (await answer.JsonAsync()).GetProperty("session").GetProperty("id").GetGuid();
}
