using System.Net;
using HardenedService.Operations.Load;
using HardenedService.Platform.Auditing;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Outbox;

namespace HardenedService.Tests.Auditing;

internal static partial class AuditScenarios
{
    private static readonly Dictionary<string, Scenario> Factors = new()
    {
        ["factor.tried"] = async scene =>
        {
            var (person, app, _) = await scene.NewPersonWithTotpAsync();
            var (ticket, code) = (await scene.Api.TicketAsync(person.Email), await scene.Api.WrongCodeAsync(app));
            await scene.ActAsync(() => scene.Api.RedeemAsync(ticket, code));

            return new(AuditActions.SecondFactorTried, Actor: null, person.Id) { Outcome = AuditOutcome.Refused };
        },
        ["factor.tried, in a session"] = async scene =>
        {
            var (person, app, _) = await scene.NewPersonWithTotpAsync();
            var code = await scene.Api.WrongCodeAsync(app);
            await scene.ActAsync(() => scene.Api.DisableTotpAsync(person.Token, new { code }));

            return new(AuditActions.SecondFactorTried, person.Id, person.Id) { Session = person.SessionId, Outcome = AuditOutcome.Refused };
        },
        ["factor.totp_enabled"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            var code = await scene.Api.CodeAsync(await scene.Api.SetUpTotpAsync(person.Token));
            await scene.ActAsync(() => scene.Api.EnableTotpAsync(person.Token, code));

            return new(AuditActions.TotpEnabled, person.Id, person.Id) { Session = person.SessionId };
        },
        ["factor.totp_disabled"] = async scene =>
        {
            var (person, app, _) = await scene.NewPersonWithTotpAsync();
            var code = await scene.Api.CodeAsync(app);
            await scene.ActAsync(() => scene.Api.DisableTotpAsync(person.Token, new { code }));

            return new(AuditActions.TotpDisabled, person.Id, person.Id) { Session = person.SessionId };
        },
        ["factor.recovery_codes_made"] = async scene =>
        {
            var (person, app, _) = await scene.NewPersonWithTotpAsync();
            var code = await scene.Api.CodeAsync(app);
            await scene.ActAsync(() => scene.Api.MakeRecoveryCodesAsync(person.Token, new { code }));

            return new(AuditActions.RecoveryCodesMade, person.Id, person.Id) { Session = person.SessionId };
        },
        ["factor.recovery_code_used"] = async scene =>
        {
            var (person, _, codes) = await scene.NewPersonWithTotpAsync();
            var ticket = await scene.Api.TicketAsync(person.Email);
            await scene.ActAsync(() => scene.Api.RecoverAsync(ticket, codes[0]));

            return new(AuditActions.RecoveryCodeUsed, person.Id, person.Id) { Also = AuditActions.SignedIn };
        },
        ["passkey.added"] = async scene =>
        {
            using var authenticator = new Authenticator();
            var person = await scene.NewPersonAsync();
            var begun = await scene.Api.BeginPasskeyAsync(person.Token);
            var answer = await scene.ActAsync(() => scene.Api.AddPasskeyAsync(person.Token, begun.Ticket, authenticator.Create(begun.Options)));

            return new(AuditActions.PasskeyAdded, person.Id, (await answer.JsonAsync()).GetProperty("id").GetGuid()) { Session = person.SessionId };
        },
        ["passkey.removed"] = async scene =>
        {
            using var authenticator = new Authenticator();
            var person = await scene.NewPersonAsync();
            var passkey = await scene.Api.NewPasskeyAsync(person.Token, authenticator);
            await scene.ActAsync(() => scene.Api.SendAsync(HttpMethod.Delete, $"{Passkeys.Path}/{passkey}", person.Token));

            return new(AuditActions.PasskeyRemoved, person.Id, passkey) { Session = person.SessionId };
        },
    };

    private static readonly Dictionary<string, Scenario> Operators = new()
    {
        ["operator.administrator_made"] = scene => OperateAsync(scene, AuditActions.AdministratorMade, "create-admin", AuditActions.OrganizationFounded),
        ["operator.administrator_removed"] = scene => OperateAsync(scene, AuditActions.AdministratorRemoved, "remove-admin"),
        ["operator.account_disabled"] = scene => OperateAsync(scene, AuditActions.AccountDisabled, "disable"),
        ["operator.account_enabled"] = scene => OperateAsync(scene, AuditActions.AccountEnabled, "enable"),
        ["operator.sessions_revoked"] = scene => OperateAsync(scene, AuditActions.SessionsRevoked, "revoke-sessions"),
        ["operator.all_sessions_revoked"] = async scene =>
        {
            await scene.OperateAsync("users revoke-sessions --all");

            // The sessions that further scenarios begin with are of the first epoch.
            await scene.Api.ScalarAsync<int>("update identity.session_epochs set epoch = 0 returning 1");

            return new(AuditActions.AllSessionsRevoked, Actor: null, Subject: null) { IsOfOperator = true };
        },
        ["operator.message_retried"] = scene => OperateOnMessageAsync(scene, AuditActions.MessageRetried, "retry"),
        ["operator.message_discarded"] = scene => OperateOnMessageAsync(scene, AuditActions.MessageDiscarded, "discard"),
        ["operator.parked_messages_retried"] = async scene =>
        {
            await OutboxCommandTests.ParkAsync(scene.Api.Database, "audited");
            await OutboxCommandTests.ParkAsync(scene.Api.Database, "audited");
            await scene.OperateAsync("outbox retry --all");

            return new(AuditActions.ParkedMessagesRetried, Actor: null, Subject: null) { IsOfOperator = true };
        },
        ["operator.evidence_recorded"] = async scene =>
        {
            await scene.OperateAsync("readiness record security_review --by Ann");
            var evidence = await scene.Api.ScalarAsync<Guid>("select id from platform.evidence order by recorded_at desc limit 1");

            return new(AuditActions.EvidenceRecorded, Actor: null, evidence) { IsOfOperator = true };
        },
        ["operator.test_account_made"] = async scene =>
        {
            var email = "";
            await scene.OperateAsync(async () =>
            {
                await using var accounts = await LoadAccounts.MakeAsync(scene.Api.Database.OperatorConnectionString, 1, TestContext.Current.CancellationToken);
                email = accounts.Users[0].Email;
            });

            // Its erasure would be recorded too, in the middle of another scenario.
            var account = await scene.Api.ScalarAsync<Guid>("update identity.accounts set erasure_due = false where email = $1 returning id", email);

            return new(AuditActions.TestAccountMade, Actor: null, account)
            {
                IsOfOperator = true,
                Also = AuditActions.OrganizationFounded,
            };
        },
        ["organization.founded, by the operator"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.OperateAsync($"users create-admin {person.Email}");
            var organization = await OrganizationOfAsync(scene, person.Id);

            return new(AuditActions.OrganizationFounded, Actor: null, organization)
            {
                Organization = organization,
                IsOfOperator = true,
                Also = AuditActions.AdministratorMade,
            };
        },
    };

    private static readonly Dictionary<string, Scenario> Organizations = new()
    {
        ["organization.founded"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            await scene.ActAsync(() => scene.Api.PostAsync("/v1/organizations", new { name = "Acme" }, person.Token));
            var organization = await OrganizationOfAsync(scene, person.Id);

            return new(AuditActions.OrganizationFounded, person.Id, organization) { Organization = organization, Session = person.SessionId };
        },
        ["organization.activated"] = async scene =>
        {
            var person = await scene.NewPersonAsync();
            var organization = await scene.Api.NewOrganizationAsync();
            await scene.Api.JoinAsync(organization, person.Id);
            await scene.ActAsync(() => scene.Api.ActivateAsync(person.Token, organization));

            return new(AuditActions.OrganizationActivated, person.Id, organization) { Organization = organization, Session = person.SessionId };
        },
        ["organization.member_invited"] = async scene =>
        {
            var (owner, email) = (await scene.Api.NewOwnerAsync(), People.NewAddress());
            var answer = await scene.ActAsync(() => scene.Api.InviteAsync(owner.Token, email));
            var invitation = (await answer.JsonAsync()).GetProperty("id").GetGuid();

            return await ByAsync(scene, owner, AuditActions.MemberInvited, invitation) with { Email = email };
        },
        ["organization.invitation_withdrawn"] = async scene =>
        {
            var owner = await scene.Api.NewOwnerAsync();
            var invitation = (await (await scene.Api.InviteAsync(owner.Token, People.NewAddress())).JsonAsync()).GetProperty("id").GetGuid();
            await scene.ActAsync(() => scene.Api.SendAsync(HttpMethod.Delete, $"/v1/organization/invitations/{invitation}", owner.Token));

            return await ByAsync(scene, owner, AuditActions.InvitationWithdrawn, invitation);
        },
        ["organization.member_joined"] = async scene =>
        {
            var (owner, person) = (await scene.Api.NewOwnerAsync(), await scene.NewPersonAsync());
            var token = await scene.Api.NewInvitationAsync(owner.Token, person.Email);
            await scene.ActAsync(() => scene.Api.AcceptAsync(person.Token, token));

            return new(AuditActions.MemberJoined, person.Id, person.Id) { Organization = owner.OrganizationId, Session = person.SessionId };
        },
        ["organization.role_changed"] = async scene =>
        {
            var owner = await scene.Api.NewOwnerAsync();
            var member = await scene.Api.NewMemberAsync(owner.OrganizationId);
            await scene.ActAsync(() => scene.Api.ChangeRoleAsync(owner.Token, member.Id, "admin"));

            return await ByAsync(scene, owner, AuditActions.RoleChanged, member.Id);
        },
        ["organization.member_removed"] = async scene =>
        {
            var owner = await scene.Api.NewOwnerAsync();
            var member = await scene.Api.NewMemberAsync(owner.OrganizationId);
            await scene.ActAsync(() => scene.Api.RemoveMemberAsync(owner.Token, member.Id));

            return await ByAsync(scene, owner, AuditActions.MemberRemoved, member.Id);
        },
        ["organization.member_left"] = async scene =>
        {
            var member = await scene.Api.NewMemberAsync((await scene.Api.NewOwnerAsync()).OrganizationId);
            await scene.ActAsync(() => scene.Api.RemoveMemberAsync(member.Token, member.Id));

            return await ByAsync(scene, member, AuditActions.MemberLeft, member.Id);
        },
    };

    private static async Task<ExpectedRecord> OperateAsync(AuditScene scene, AuditAction action, string verb, AuditAction? also = null)
    {
        var person = await scene.NewPersonAsync();
        await scene.OperateAsync($"users {verb} {person.Email}");

        return new(action, Actor: null, person.Id) { IsOfOperator = true, Also = also };
    }

    private static async Task<ExpectedRecord> OperateOnMessageAsync(AuditScene scene, AuditAction action, string verb)
    {
        var message = await OutboxCommandTests.ParkAsync(scene.Api.Database, "audited");
        await scene.OperateAsync($"outbox {verb} {message}");

        return new(action, Actor: null, message) { IsOfOperator = true };
    }

    private static async Task<ExpectedRecord> ByAsync(AuditScene scene, StoredMember member, AuditAction action, Guid subject)
    {
        Assert.True(scene.Answer!.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.NoContent, $"{scene.Answer.StatusCode}");

        return new(action, member.Id, subject) { Organization = member.OrganizationId, Session = await scene.SessionOfAsync(member.Id) };
    }

    private static Task<Guid> OrganizationOfAsync(AuditScene scene, Guid account) =>
        scene.Api.ScalarAsync<Guid>("select organization_id from tenancy.members where account_id = $1", account);
}
