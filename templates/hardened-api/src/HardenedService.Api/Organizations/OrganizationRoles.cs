using HardenedService.Platform.Tenancy;
using Npgsql;

namespace HardenedService.Api.Organizations;

/// <summary>Roles as the database spells them.</summary>
internal static class OrganizationRoles
{
    public static string Name(this OrganizationRole role) => role.ToString().ToLowerInvariant();

    public static OrganizationRole GetRole(this NpgsqlDataReader row, int column) =>
        Enum.Parse<OrganizationRole>(row.GetString(column), ignoreCase: true);
}
