namespace HardenedService.Operations.Postgres;

/// <summary>The machine holds no PostgreSQL that can be used; the message is one line that says where it was looked for and what to do.</summary>
internal sealed class PostgresNotFoundException(string message) : Exception(message);
