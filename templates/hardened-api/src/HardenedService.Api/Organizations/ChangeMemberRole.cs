using System.Text.Json.Serialization;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace HardenedService.Api.Organizations;

/// <summary>Gives a member another role.</summary>
/// <param name="Role">What they are in the organization from now on.</param>
public sealed record ChangeMemberRoleRequest([property: JsonRequired] OrganizationRole Role);

internal static class ChangeMemberRole
{
    /// <summary>Gives a member another role</summary>
    /// <remarks>
    /// It holds on their next request. Only owners make somebody an owner, or change the role of one; the only owner stays one. An admin may
    /// step down. Invitations by them to a role that they could not give any more end.
    /// </remarks>
    public static async Task<Results<Ok<MemberItem>, ProblemHttpResult>> Handle(
        Guid userId,
        ChangeMemberRoleRequest request,
        Session session,
        Memberships memberships,
        AuditTrail audit,
        NpgsqlConnection connection,
        CancellationToken cancel)
    {
        var held = await memberships.HoldAsync(session, userId, cancel);

        // Before it is told whether there is such a member.
        if (!held.IsTheirsToManage(request.Role) || !held.IsTheirsToManage(held.Role ?? OrganizationRole.Member))
        {
            return Problems.Forbidden.Result();
        }

        if (held.Role is null)
        {
            return Problems.NotFound.Result();
        }

        if (held.IsLastOwner && request.Role != OrganizationRole.Owner)
        {
            return Memberships.LastOwner();
        }

        await WithdrawInvitationsAsync(connection, userId, request.Role, cancel);
        var changed = await UpdateAsync(connection, userId, request.Role, cancel);
        await audit.WriteAsync(new(AuditActions.RoleChanged, userId), cancel);

        return TypedResults.Ok(changed);
    }

    private static async Task WithdrawInvitationsAsync(NpgsqlConnection connection, Guid userId, OrganizationRole role, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("delete from tenancy.invitations where invited_by = $1 and role = any ($2)", connection);
        command.Parameters.Add(new() { Value = userId });
        command.Parameters.Add(new()
        {
            Value = Enum.GetValues<OrganizationRole>()
                .Where(offered => role < OrganizationPermissions.ToManage(offered).LeastRole)
                .Select(EnumColumns.Name)
                .ToArray(),
        });
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<MemberItem> UpdateAsync(NpgsqlConnection connection, Guid userId, OrganizationRole role, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            $"""
            update tenancy.members m
            set role = $2
            from identity.accounts a
            where m.account_id = $1
              and a.id = m.account_id
            returning {MemberItem.Columns}
            """,
            connection);
        command.Parameters.Add(new() { Value = userId });
        command.Parameters.Add(new() { Value = EnumColumns.Name(role) });
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);

        return MemberItem.Of(row);
    }
}
