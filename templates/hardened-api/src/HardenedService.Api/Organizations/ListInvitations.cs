using HardenedService.Platform.Data;
using HardenedService.Platform.Paging;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;

namespace HardenedService.Api.Organizations;

/// <summary>Invitations that can still be accepted, the newest first.</summary>
/// <param name="Items">The invitations of this page.</param>
/// <param name="NextCursor">Asks for the next page; null if this is the last.</param>
public sealed record InvitationList(IReadOnlyList<InvitationItem> Items, string? NextCursor);

/// <summary>An invitation to the organization.</summary>
/// <param name="Id">The invitation.</param>
/// <param name="Email">Whom it was mailed to.</param>
/// <param name="Role">What they will be in the organization.</param>
/// <param name="CreatedAt">When they were invited.</param>
/// <param name="ExpiresAt">When it can no longer be accepted.</param>
public sealed record InvitationItem(Guid Id, string Email, OrganizationRole Role, DateTime CreatedAt, DateTime ExpiresAt)
{
    /// <summary>In the order of <see cref="Of"/>, of an invitation <c>i</c>.</summary>
    internal const string Columns = "i.id, i.email, i.role, i.created_at, i.expires_at";

    internal static InvitationItem Of(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetString(1), row.GetEnum<OrganizationRole>(2), row.GetDateTime(3), row.GetDateTime(4));
}

internal static class ListInvitations
{
    /// <summary>Lists the invitations to the organization</summary>
    public static async Task<Results<Ok<InvitationList>, ProblemHttpResult>> Handle(
        [AsParameters] PageRequest page, Session session, Cursors cursors, NpgsqlConnection connection, CancellationToken cancel)
    {
        string[] scope = ["invitations", $"{session.OrganizationId}", $"{session.UserId}"];

        if (!cursors.TryRead<Position>(page.Cursor, out var after, scope))
        {
            return Cursors.Refusal();
        }

        await using var command = new NpgsqlCommand(
            $"""
            select {InvitationItem.Columns}
            from tenancy.invitations i
            where i.expires_at > now()
              and ($1 is null or i.id < $1)
            order by i.id desc
            limit $2
            """,
            connection);
        command.Parameters.Add(new() { Value = (object?)after?.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        var (items, next) = await command.ReadPageAsync(page, InvitationItem.Of, last => cursors.Write(new Position(last.Id), scope), cancel);

        return TypedResults.Ok(new InvitationList(items, next));
    }

    private sealed record Position(Guid Id);
}
