using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Data;

/// <summary>The API's way to PostgreSQL. Section <c>Database</c>.</summary>
public sealed record DatabaseOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Database";

    /// <summary>The connection string of the application role, which owns nothing and bypasses nothing.</summary>
    [Required]
    public string ConnectionString { get; init; } = "";

    /// <summary>Connections for session lookups, apart from the main pool so that slow work cannot starve authentication. Default: 4.</summary>
    [Range(1, 100)]
    public int SessionPoolSize { get; init; } = 4;
}
