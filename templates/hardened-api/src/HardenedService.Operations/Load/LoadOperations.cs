using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace HardenedService.Operations.Load;

/// <summary>
/// What the load consists of. A feature adds a line to <see cref="All"/>: one call that its people make often, that works over and over, and whose
/// traces go with the account.
/// </summary>
internal static class LoadOperations
{
    public const string SignInName = "signin";

    // Of those that have an objective of latency: neither /v1/account nor /v1/sessions.
    private static readonly string[] Pages =
    [
        "/v1/organizations",
        "/v1/organization/members",
        //#if (documents)
        "/v1/documents?limit=20",
        //#endif
    ];

    // The first of a name is the one: a feature's own write stands above the platform's, and is made in place of it.
    private static readonly LoadOperation[] Listed =
    [
        new("browse", 70, (user, random) => Get(Pages[random.Next(Pages.Length)], user)),
        //#if (documents)
        DocumentLoad.Change,
        DocumentLoad.Upload,
        //#endif

        // A transaction that locks, writes and is audited, and changes nothing: they act in it already.
        new("write", 20, (user, _) => As(user, new(HttpMethod.Post, $"/v1/organizations/{user.OrganizationId}/activate"))),
        new(SignInName, 2, (user, _) => SignIn(user)) { HasLatencyObjective = false },
    ];

    public static IReadOnlyList<LoadOperation> All { get; } = [.. Listed.DistinctBy(operation => operation.Name)];

    public static HttpRequestMessage SignIn(LoadUser user) => new(HttpMethod.Post, "/v1/sessions")
    {
        Content = JsonContent.Create(new { email = user.Email, password = user.Password, transport = "bearer" }),
    };

    public static HttpRequestMessage Get(string path, LoadUser user) => As(user, new(HttpMethod.Get, path));

    /// <summary>With the session of a person.</summary>
    public static HttpRequestMessage As(LoadUser user, HttpRequestMessage request)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", user.Token);

        return request;
    }
}
