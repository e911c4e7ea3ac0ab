namespace HardenedService.Operations.Readiness;

/// <summary>
/// Everything that answers someone without a session. A line here is a decision: whoever adds one says in the review why strangers may. The tests hold
/// the routes to it, and the report the service that runs.
/// </summary>
internal static class AnonymousEndpoints
{
    public static readonly IReadOnlySet<string> All = new HashSet<string>
    {
        // Before there is a session.
        "POST /v1/accounts",
        "POST /v1/accounts/confirm",
        "POST /v1/accounts/resend-confirmation",
        "POST /v1/accounts/forgot-password",
        "POST /v1/sessions",
        "POST /v1/sessions/mfa",

        // The mailed token is the proof.
        "POST /v1/accounts/reset-password",
        "POST /v1/account/email/confirm",
        "POST /v1/sessions/passkey",
        "POST /v1/sessions/passkey/options",

        // On the management port, which the public does not reach.
        "GET /health/live",
        "GET /health/ready",
        "GET /health/startup",
        "GET /metrics",
        "GET /openapi/{documentName}.json",
    };
}
