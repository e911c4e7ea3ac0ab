namespace HardenedService.Operations.Databases;

/// <summary>The roles: one migrates, one serves and has an alternate, one looks after the data.</summary>
internal static class DatabaseRoles
{
    /// <summary>Owns the database and everything in it. Only migrations run as this role.</summary>
    public const string Owner = "hardened_service_owner";

    /// <summary>Runs the API. Owns nothing, and row-level security binds it.</summary>
    public const string App = "hardened_service_app";

    /// <summary>A member of <see cref="App"/> that may do as much: while passwords are rotated, some replicas are the one and some the other.</summary>
    public const string AlternateApp = "hardened_service_app_b";

    /// <summary>Reads everything, past row-level security: for backups and audits, which must not be empty by accident.</summary>
    public const string Operator = "hardened_service_operator";
}
