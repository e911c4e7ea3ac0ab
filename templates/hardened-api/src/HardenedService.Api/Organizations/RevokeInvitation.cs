using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace HardenedService.Api.Organizations;

internal static class RevokeInvitation
{
    /// <summary>Takes an invitation back</summary>
    /// <remarks>Its token is worth nothing any more.</remarks>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(Guid id, NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("delete from tenancy.invitations where id = $1", connection);
        command.Parameters.Add(new() { Value = id });

        return await command.ExecuteNonQueryAsync(cancel) > 0 ? TypedResults.NoContent() : Problems.NotFound.Result();
    }
}
