using HardenedService.Platform.Data;
using HardenedService.Platform.Paging;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;

namespace HardenedService.Api.Organizations;

/// <summary>Members of the organization, whoever got their account first ahead.</summary>
/// <param name="Items">The members of this page.</param>
/// <param name="NextCursor">Asks for the next page; null if this is the last.</param>
public sealed record MemberList(IReadOnlyList<MemberItem> Items, string? NextCursor);

/// <summary>Somebody who belongs to the organization.</summary>
/// <param name="UserId">The account.</param>
/// <param name="Email">Its address.</param>
/// <param name="Role">What they are in the organization.</param>
/// <param name="CreatedAt">When they joined.</param>
public sealed record MemberItem(Guid UserId, string Email, OrganizationRole Role, DateTime CreatedAt)
{
    /// <summary>In the order of <see cref="Of"/>, of a member <c>m</c> and their account <c>a</c>.</summary>
    internal const string Columns = "m.account_id, a.email, m.role, m.created_at";

    internal static MemberItem Of(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetString(1), row.GetEnum<OrganizationRole>(2), row.GetDateTime(3));
}

internal static class ListMembers
{
    /// <summary>Lists the members of the organization</summary>
    public static async Task<Results<Ok<MemberList>, ProblemHttpResult>> Handle(
        [AsParameters] PageRequest page, Session session, Cursors cursors, NpgsqlConnection connection, CancellationToken cancel)
    {
        string[] scope = ["members", $"{session.OrganizationId}", $"{session.UserId}"];

        if (!cursors.TryRead<Position>(page.Cursor, out var after, scope))
        {
            return Cursors.Refusal();
        }

        await using var command = new NpgsqlCommand(
            $"""
            select {MemberItem.Columns}
            from tenancy.members m
            join identity.accounts a on a.id = m.account_id
            where $1 is null
               or m.account_id > $1
            order by m.account_id
            limit $2
            """,
            connection);
        command.Parameters.Add(new() { Value = (object?)after?.UserId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        var (items, next) = await command.ReadPageAsync(page, MemberItem.Of, last => cursors.Write(new Position(last.UserId), scope), cancel);

        return TypedResults.Ok(new MemberList(items, next));
    }

    private sealed record Position(Guid UserId);
}
