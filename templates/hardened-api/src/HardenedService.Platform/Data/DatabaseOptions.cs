using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Configuration;
using Npgsql;

namespace HardenedService.Platform.Data;

/// <summary>The API's way to PostgreSQL. Section <c>Database</c>.</summary>
public sealed record DatabaseOptions : IValidatableObject, IProductionRules
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Database";

    /// <summary>
    /// The connection string of the application role, which owns nothing and bypasses nothing. Outside of Development it asks for TLS:
    /// best <c>SSL Mode=VerifyFull;Root Certificate=…</c>, which also proves who the server is.
    /// </summary>
    [Required]
    public string ConnectionString { get; init; } = "";

    /// <summary>
    /// Connections of requests and workers, on each replica. What all replicas open together has to fit the server, which
    /// <c>config check --replicas</c> counts. <c>Maximum Pool Size</c> in the connection string wins. Default: 14.
    /// </summary>
    [Range(1, 1000)]
    public int PoolSize { get; init; } = 14;

    /// <summary>
    /// Connections for session look-ups, apart from the main pool so that slow work cannot starve authentication. Concurrent requests share
    /// them: more of them make smaller batches. Default: 2.
    /// </summary>
    [Range(1, 100)]
    public int SessionPoolSize { get; init; } = 2;

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

    /// <summary>
    /// Whether a pooler in transaction mode, such as PgBouncer, stands before the database: nothing is prepared or left to a session then, and it
    /// is for the pooler to set <c>statement_timeout</c> on its connections. Default: false.
    /// </summary>
    public bool BehindPooler { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!TryParse(out var connection))
        {
            yield return new ValidationResult(
                "must be a PostgreSQL connection string; one looks like Host=…;Database=…;Username=…;Password=….", [nameof(ConnectionString)]);
        }
        else if (connection.RootCertificate is { Length: > 0 } file && !File.Exists(file))
        {
            yield return new ValidationResult("names a Root Certificate that does not exist.", [nameof(ConnectionString)]);
        }
        else if (connection is { Timeout: 0 } or { CommandTimeout: 0 } or { CancellationTimeout: 0 })
        {
            yield return new ValidationResult(
                "must not hold a Timeout, Command Timeout or Cancellation Timeout of 0, which is no limit.", [nameof(ConnectionString)]);
        }
        else if (!connection.Pooling || connection.Host?.Contains(',', StringComparison.Ordinal) is true)
        {
            yield return new ValidationResult(
                "must leave Pooling on and name one Host: what else opens more connections than PoolSize and SessionPoolSize say.", [nameof(ConnectionString)]);
        }
        else if (BehindPooler && (connection.MaxAutoPrepare > 0 || connection.Options is { Length: > 0 }))
        {
            yield return new ValidationResult(
                "must hold neither Max Auto Prepare nor Options with Database:BehindPooler: the pooler's connection is another one with the next transaction.",
                [nameof(ConnectionString)]);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        TryParse(out var connection);

        if (connection.SslMode is not (SslMode.Require or SslMode.VerifyCA or SslMode.VerifyFull))
        {
            yield return new ValidationResult(
                "must ask for TLS outside of Development: SSL Mode=VerifyFull with the server's Root Certificate is best, VerifyCA or Require the least.",
                [nameof(ConnectionString)]);
        }

        if (connection.IncludeErrorDetail || connection.LogParameters)
        {
            yield return new ValidationResult(
                "must not ask for Include Error Detail or Log Parameters outside of Development: they bring people's data into the log.",
                [nameof(ConnectionString)]);
        }

        if (DevelopmentSecret.Recognizes(connection.Password))
        {
            yield return new ValidationResult($"holds a password that {DevelopmentSecret.Fault}", [nameof(ConnectionString)]);
        }
    }

    private bool TryParse(out NpgsqlConnectionStringBuilder connection)
    {
        try
        {
            connection = new NpgsqlConnectionStringBuilder(ConnectionString);
            return true;
        }
        catch (ArgumentException)
        {
            connection = [];
            return false;
        }
    }
}
