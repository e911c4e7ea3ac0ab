namespace HardenedService.Dev;

/// <summary>What the development runner was asked for.</summary>
/// <param name="Port">The API's port, on both loopbacks.</param>
/// <param name="ManagementPort">The port of health and diagnostics.</param>
/// <param name="MailPort">The port at which the caught mails are listed.</param>
/// <param name="Data">The directory that keeps the database between runs.</param>
/// <param name="Reset">Whether to start with an empty database.</param>
/// <param name="Environment">The environment that the API believes to be in.</param>
/// <param name="Postgres">The directory of PostgreSQL's programs; null searches for them.</param>
/// <param name="Observe">Whether to start Prometheus and Grafana.</param>
internal sealed record DevOptions(
    int Port, int ManagementPort, int MailPort, string Data, bool Reset, string Environment, string? Postgres, bool Observe = false);
