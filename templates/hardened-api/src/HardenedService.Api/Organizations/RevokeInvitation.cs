using HardenedService.Platform.Auditing;
using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace HardenedService.Api.Organizations;

internal static class RevokeInvitation
{
    /// <summary>Takes an invitation back</summary>
    /// <remarks>Its token is worth nothing any more.</remarks>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid id, AuditTrail audit, NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("delete from tenancy.invitations where id = $1", connection);
        command.Parameters.Add(new() { Value = id });

        if (await command.ExecuteNonQueryAsync(cancel) == 0)
        {
            return Problems.NotFound.Result();
        }

        await audit.WriteAsync(new(AuditActions.InvitationWithdrawn, id), cancel);

        return TypedResults.NoContent();
    }
}
