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

    /// <summary>
    /// How long to wait for a connection, a free one of the pool or a new one, in whole seconds. <c>Timeout</c> in the connection string
    /// wins. Default: 1 second.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long one statement may take, in whole seconds; the server is told to end it a tenth earlier. <c>Command Timeout</c> in the
    /// connection string wins. A database that freezes is noticed after this and the connect timeout together. Default: 1 second.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(1);
}
