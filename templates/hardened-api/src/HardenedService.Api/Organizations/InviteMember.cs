using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Api.Organizations;

/// <summary>Invites somebody to the organization.</summary>
/// <param name="Email">The address, which a mail goes to. Nobody but whoever has confirmed it as their account's can accept.</param>
/// <param name="Role">What they will be in the organization.</param>
public sealed record InviteMemberRequest(
    [property: Required, MailAddress] string Email,
    [property: JsonRequired] OrganizationRole Role);

internal static class InviteMember
{
    /// <summary>Invites somebody to the organization</summary>
    /// <remarks>
    /// The answer does not depend on whether the address has an account. Inviting the same address again replaces the invitation that there
    /// was, and its token is worth nothing any more; so it is once whoever invites could not offer the role any more. Only owners invite owners. Whoever belongs to the organization already is 409
    /// <c>conflict</c>.
    /// </remarks>
    public static async Task<Results<Created<InvitationItem>, ProblemHttpResult>> Handle(
        InviteMemberRequest request,
        Session session,
        InvitationLimits limits,
        ILookupNormalizer normalizer,
        Memberships memberships,
        OwnOrganizations organizations,
        InvitationMails mails,
        Mailer mailer,
        AuditTrail audit,
        NpgsqlConnection connection,
        IOptions<InvitationOptions> options,
        UnitOfWork work,
        CancellationToken cancel)
    {
        var address = normalizer.NormalizeEmail(request.Email);
        await limits.InviteAsync(session, address, cancel);

        await using var transaction = await work.BeginAsync(cancel);
        var held = await memberships.HoldAsync(session, session.UserId, cancel);

        if (!OrganizationPermissions.ManageInvitations.IsHeldBy(held.Actor) || !held.IsTheirsToManage(request.Role))
        {
            return Problems.Forbidden.Result();
        }

        if (await IsMemberAsync(connection, address, cancel))
        {
            return Problems.Conflict.Result("Whoever has this address belongs to the organization already.");
        }

        var token = OpaqueToken.New(OpaqueToken.MailPrefix);
        var invitation = await ReplaceAsync(connection, request, session.UserId, address, token, options.Value.Lifetime, cancel);
        var organization = (await organizations.ReadAsync(session, cancel)).Single();
        await mailer.SendLatestAsync(
            $"invitation {organization.Id}",
            mails.Invitation(request.Email, organization.Name, session.Email, token, invitation.ExpiresAt),
            cancel);
        await audit.WriteAsync(new(AuditActions.MemberInvited, invitation.Id) { Email = request.Email }, cancel);
        await transaction.CommitAsync();

        return TypedResults.Created($"/v1/organization/invitations/{invitation.Id}", invitation);
    }

    private static async Task<bool> IsMemberAsync(NpgsqlConnection connection, string address, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select exists (
              select
              from tenancy.members m
              join identity.accounts a on a.id = m.account_id
              where a.normalized_email = $1
            )
            """,
            connection);
        command.Parameters.Add(new() { Value = address });

        return (bool)(await command.ExecuteScalarAsync(cancel))!;
    }

    // An address has one invitation of an organization at most.
    private static async Task<InvitationItem> ReplaceAsync(
        NpgsqlConnection connection,
        InviteMemberRequest request,
        Guid inviterId,
        string address,
        string token,
        TimeSpan lifetime,
        CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            $"""
            insert into tenancy.invitations as i (id, email, normalized_email, role, invited_by, token_hash, expires_at)
            values ($1, $2, $3, $4, $5, $6, now() + $7)
            on conflict on constraint invitations_normalized_email_key do update
            set id = excluded.id,
                email = excluded.email,
                role = excluded.role,
                invited_by = excluded.invited_by,
                token_hash = excluded.token_hash,
                created_at = now(),
                expires_at = excluded.expires_at
            returning {InvitationItem.Columns}
            """,
            connection);
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = request.Email });
        command.Parameters.Add(new() { Value = address });
        command.Parameters.Add(new() { Value = EnumColumns.Name(request.Role) });
        command.Parameters.Add(new() { Value = inviterId });
        command.Parameters.Add(new() { Value = OpaqueToken.Hash(token) });
        command.Parameters.Add(new() { Value = lifetime });
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);

        return InvitationItem.Of(row);
    }
}
