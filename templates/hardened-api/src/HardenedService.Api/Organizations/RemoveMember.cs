using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace HardenedService.Api.Organizations;

internal static class RemoveMember
{
    /// <summary>Removes a member, or leaves</summary>
    /// <remarks>
    /// Everybody may remove themselves, admins others, and owners other owners; the only owner stays. Sessions of the person that act in the
    /// organization act in none from their next request on, and their invitations end.
    /// </remarks>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid userId, Session session, Memberships memberships, NpgsqlConnection connection, CancellationToken cancel)
    {
        var held = await memberships.HoldAsync(session, userId, cancel);

        // Before it is told whether there is such a member.
        if (userId != session.UserId && !held.IsTheirsToManage(held.Role ?? OrganizationRole.Member))
        {
            return Problems.Forbidden.Result();
        }

        if (held.Role is null)
        {
            return Problems.NotFound.Result();
        }

        if (held.IsLastOwner)
        {
            return Memberships.LastOwner();
        }

        await using var command = new NpgsqlCommand("delete from tenancy.members where account_id = $1", connection);
        command.Parameters.Add(new() { Value = userId });
        await command.ExecuteNonQueryAsync(cancel);

        return TypedResults.NoContent();
    }
}
