using System.Reflection;

namespace HardenedService.Platform.Auditing;

/// <summary>
/// The catalogue: everything that is audited, and nothing else. Each act leaves one record. <c>docs/audit.md</c> is made from it: a summary
/// says when a record is written, the remarks what its subject is.
/// </summary>
public static class AuditActions
{
    /// <summary>Somebody asked for an account. Refused if the address has one already; nobody is told, but by mail.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction AccountRegistered = new("account.registered");

    /// <summary>The account's address was confirmed.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction AccountConfirmed = new("account.confirmed");

    /// <summary>The password was changed. Refused if the one at present was wrong.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction PasswordChanged = new("account.password_changed");

    /// <summary>The password was set by a mailed link.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction PasswordReset = new("account.password_reset");

    /// <summary>Another address was asked for, which is mailed a link.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction EmailChangeAsked = new("account.email_change_asked");

    /// <summary>The account got another address.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction EmailChanged = new("account.email_changed");

    /// <summary>A person was given all that is held about them.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction AccountExported = new("account.exported");

    /// <summary>The account was deleted by its owner; or, by nobody, again after a restore had brought it back, or after a load test.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction AccountDeleted = new("account.deleted");

    /// <summary>A session began. Refused if password or passkey did not hold, or the account was disabled or unconfirmed.</summary>
    /// <remarks>The account; none if the address has none.</remarks>
    public static readonly AuditAction SignedIn = new("session.signed_in");

    /// <summary>The person of a session proved again who they are. Refused if the password was wrong.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction Reauthenticated = new("session.reauthenticated");

    /// <summary>A session ended itself.</summary>
    /// <remarks>The session.</remarks>
    public static readonly AuditAction SignedOut = new("session.signed_out");

    /// <summary>A person ended one of their sessions from the list.</summary>
    /// <remarks>The session.</remarks>
    public static readonly AuditAction SessionEnded = new("session.ended");

    /// <summary>A person ended all of their sessions but the one at hand.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction OtherSessionsEnded = new("session.others_ended");

    /// <summary>A code was wrong, or was used before: always refused, whatever it was presented for. One that is right shows in what it was for.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction SecondFactorTried = new("factor.tried");

    /// <summary>An authenticator app was enabled as a second factor.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction TotpEnabled = new("factor.totp_enabled");

    /// <summary>The second factor was switched off.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction TotpDisabled = new("factor.totp_disabled");

    /// <summary>New recovery codes were made, and the old ones are dead.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction RecoveryCodesMade = new("factor.recovery_codes_made");

    /// <summary>A recovery code was used up.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction RecoveryCodeUsed = new("factor.recovery_code_used");

    /// <summary>A passkey was added.</summary>
    /// <remarks>The passkey.</remarks>
    public static readonly AuditAction PasskeyAdded = new("passkey.added");

    /// <summary>A passkey was removed.</summary>
    /// <remarks>The passkey.</remarks>
    public static readonly AuditAction PasskeyRemoved = new("passkey.removed");

    /// <summary>The operator made the account an administrator's.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction AdministratorMade = new("operator.administrator_made");

    /// <summary>The operator took the rights of an administrator away.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction AdministratorRemoved = new("operator.administrator_removed");

    /// <summary>The operator disabled the account.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction AccountDisabled = new("operator.account_disabled");

    /// <summary>The operator enabled the account again.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction AccountEnabled = new("operator.account_enabled");

    /// <summary>The operator ended all sessions of the account.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction SessionsRevoked = new("operator.sessions_revoked");

    /// <summary>The operator ended everybody's sessions.</summary>
    /// <remarks>None.</remarks>
    public static readonly AuditAction AllSessionsRevoked = new("operator.all_sessions_revoked");

    /// <summary>The operator had a parked message tried again.</summary>
    /// <remarks>The message.</remarks>
    public static readonly AuditAction MessageRetried = new("operator.message_retried");

    /// <summary>The operator had all parked messages tried again, or those of one kind.</summary>
    /// <remarks>None.</remarks>
    public static readonly AuditAction ParkedMessagesRetried = new("operator.parked_messages_retried");

    /// <summary>The operator deleted a parked message, undelivered.</summary>
    /// <remarks>The message.</remarks>
    public static readonly AuditAction MessageDiscarded = new("operator.message_discarded");

    /// <summary>A load test or a rehearsal of the operator made an account for itself.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction TestAccountMade = new("operator.test_account_made");

    /// <summary>The operator, or a verb of the operator's console, recorded something that was proved by being done.</summary>
    /// <remarks>The record, of <c>platform.evidence</c>.</remarks>
    public static readonly AuditAction EvidenceRecorded = new("operator.evidence_recorded");

    /// <summary>An organization was founded, by its first owner or by the operator for an administrator.</summary>
    /// <remarks>The organization.</remarks>
    public static readonly AuditAction OrganizationFounded = new("organization.founded", IsOfOrganization: true);

    /// <summary>A session turned to this organization.</summary>
    /// <remarks>The organization.</remarks>
    public static readonly AuditAction OrganizationActivated = new("organization.activated", IsOfOrganization: true);

    /// <summary>Somebody was invited.</summary>
    /// <remarks>The invitation.</remarks>
    public static readonly AuditAction MemberInvited = new("organization.member_invited", IsOfOrganization: true);

    /// <summary>An invitation was withdrawn.</summary>
    /// <remarks>The invitation.</remarks>
    public static readonly AuditAction InvitationWithdrawn = new("organization.invitation_withdrawn", IsOfOrganization: true);

    /// <summary>A person accepted an invitation.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction MemberJoined = new("organization.member_joined", IsOfOrganization: true);

    /// <summary>A member got another role.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction RoleChanged = new("organization.role_changed", IsOfOrganization: true);

    /// <summary>A member was removed by somebody else.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction MemberRemoved = new("organization.member_removed", IsOfOrganization: true);

    /// <summary>A member left.</summary>
    /// <remarks>The account.</remarks>
    public static readonly AuditAction MemberLeft = new("organization.member_left", IsOfOrganization: true);

    /// <summary>Every action of the catalogue.</summary>
    public static IReadOnlyList<AuditAction> All { get; } =
    [
        .. typeof(AuditActions).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<AuditAction>(),
    ];
}
