using HardenedService.Platform.Tenancy;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

/// <summary>What an EF Core model owes to tables of which every row is an organization's.</summary>
internal static class TenantEntities
{
    /// <summary>The tables that have a column organization_id, as <c>schema.name</c>.</summary>
    public static async Task<IReadOnlySet<string>> TablesAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select format('%s.%s', table_schema, table_name) from information_schema.columns where column_name = 'organization_id'", connection);
        await using var rows = await command.ExecuteReaderAsync();
        var tables = new HashSet<string>();

        while (await rows.ReadAsync())
        {
            tables.Add(rows.GetString(0));
        }

        return tables;
    }

    /// <summary>A line for each entity that does not keep to it, and what to do.</summary>
    public static IEnumerable<string> Faults(DbContext context, IReadOnlySet<string> tables)
    {
        foreach (var entity in context.GetService<IDesignTimeModel>().Model.GetEntityTypes())
        {
            var (name, table) = ($"{context.GetType().Name}.{entity.DisplayName()}", $"{entity.GetSchema() ?? "public"}.{entity.GetTableName()}");

            if (typeof(ITenantOwned).IsAssignableFrom(entity.ClrType) != tables.Contains(table))
            {
                yield return tables.Contains(table)
                    ? $"{name} maps {table}, of which every row is an organization's: let it implement ITenantOwned."
                    : $"{name} is ITenantOwned, and {table} has no column organization_id: put it behind tenancy.guard_rows in its migration.";
            }
            else if (tables.Contains(table) && entity.FindProperty(nameof(ITenantOwned.OrganizationId)) is not { ValueGenerated: ValueGenerated.OnAdd })
            {
                yield return $"{name} leaves its organization to whoever saves it: call UseTenantOwned in the context's ConfigureConventions.";
            }
        }
    }
}
