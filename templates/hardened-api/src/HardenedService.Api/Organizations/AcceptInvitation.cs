using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace HardenedService.Api.Organizations;

/// <summary>Accepts an invitation.</summary>
/// <param name="Token">The token that was mailed.</param>
public sealed record AcceptInvitationRequest([property: Required, MaxLength(OpaqueToken.MaxLength)] string Token);

internal static class AcceptInvitation
{
    /// <summary>Accepts an invitation to an organization</summary>
    /// <remarks>
    /// For whoever is signed in with the invited address, and for nobody else: a mail that was passed on is worth nothing. The session goes on
    /// in the organization that it acts in, until the new one is activated.
    /// </remarks>
    public static async Task<Results<Ok<OrganizationItem>, ProblemHttpResult>> Handle(
        AcceptInvitationRequest request,
        Session session,
        SessionStore sessions,
        Memberships memberships,
        OwnOrganizations organizations,
        NpgsqlConnection connection,
        UnitOfWork work,
        CancellationToken cancel)
    {
        if (!OpaqueToken.IsWellFormed(request.Token, OpaqueToken.MailPrefix))
        {
            return Problems.InvalidToken.Result();
        }

        // Locks the account, whose address stays what it is; and of many at once, each is counted before the next.
        if (await sessions.HoldAsync(session.UserId, session.Id, cancel) is null)
        {
            return Problems.Unauthenticated.Result();
        }

        // In no organization, a person sees the invitations to their own confirmed address, and no others.
        await work.ActInAsync(organizationId: null, cancel);
        var hash = OpaqueToken.Hash(request.Token);

        if (await FindAsync(connection, hash, cancel) is not { } organizationId)
        {
            return Problems.InvalidToken.Result();
        }

        if ((await organizations.ReadAsync(session, cancel)).Count >= OwnOrganizations.Most)
        {
            return OwnOrganizations.TooMany();
        }

        await work.ActInAsync(organizationId, cancel);
        var held = await memberships.HoldAsync(session, session.UserId, cancel);

        // Gone if it was taken back, or replaced, in the meantime: what it said then does not count.
        if (await TakeAsync(connection, hash, cancel) is not { } role)
        {
            return Problems.InvalidToken.Result();
        }

        // Whoever belongs there already stays what they are.
        if (held.Role is null)
        {
            await JoinAsync(connection, session.UserId, role, cancel);
        }

        return TypedResults.Ok((await organizations.ReadAsync(session, cancel)).Single());
    }

    private static async Task<Guid?> FindAsync(NpgsqlConnection connection, byte[] hash, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "select organization_id from tenancy.invitations where token_hash = $1 and expires_at > now()", connection);
        command.Parameters.Add(new() { Value = hash });

        return (Guid?)await command.ExecuteScalarAsync(cancel);
    }

    private static async Task<string?> TakeAsync(NpgsqlConnection connection, byte[] hash, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "delete from tenancy.invitations where token_hash = $1 and expires_at > now() returning role", connection);
        command.Parameters.Add(new() { Value = hash });

        return (string?)await command.ExecuteScalarAsync(cancel);
    }

    private static async Task JoinAsync(NpgsqlConnection connection, Guid userId, string role, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("insert into tenancy.members (account_id, role) values ($1, $2)", connection);
        command.Parameters.Add(new() { Value = userId });
        command.Parameters.Add(new() { Value = role });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
