using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Errors;

/// <summary>Whatever goes wrong, wherever: one form of answer, and nothing of the inside in it.</summary>
public sealed partial class ProblemTableTests(FaultyApi api) : IClassFixture<FaultyApi>
{
    private const string SignIn = """{"email":"someone@example.org","password":"correct horse battery staple","transport":"bearer"}""";

    [Theory]
    [Wall("G1")]
    [InlineData("malformed JSON", "POST /v1/sessions", "{", 400, "malformed_request")]
    [InlineData("wrong type", "POST /v1/sessions", """{"email":1,"password":[]}""", 400, "malformed_request")]
    [InlineData("validation", "POST /v1/sessions", "{}", 400, "validation_failed")]
    [InlineData("NUL that nobody looked for", "GET /faulty/sqlstate/22021/none", null, 400, "malformed_request")]
    [InlineData("text that the database cannot hold", "GET /faulty/sqlstate/22P05/none", null, 400, "malformed_request")]
    [InlineData("no session", "GET /v1/account", null, 401, "unauthenticated")]
    [InlineData("wrong password", "POST /v1/sessions", SignIn, 401, "invalid_credentials")]
    [InlineData("not allowed", "GET /faulty/forbidden", null, 403, "forbidden")]
    [InlineData("unknown path", "GET /v1/nowhere", null, 404, "not_found")]
    [InlineData("wrong method", "DELETE /v1/accounts", null, 405, "method_not_allowed")]
    [InlineData("no bytes for long", "GET /faulty/slow-client", null, 408, "request_timeout")]
    [InlineData("lost race", "GET /faulty/stale", null, 409, "conflict")]
    [InlineData("mapped constraint", "GET /faulty/sqlstate/23505/planted_title_key", null, 409, "conflict")]
    [InlineData("mapped constraint, by EF Core", "GET /faulty/duplicate", null, 409, "conflict")]
    [InlineData("mapped constraint of one member", "GET /faulty/sqlstate/23514/planted_title_check", null, 400, "validation_failed")]
    [InlineData("too large", "POST /faulty/small", SignIn, 413, "payload_too_large")]
    [InlineData("wrong content type", "POST /v1/sessions", "text/plain", 415, "unsupported_media_type")]
    [InlineData("too many requests", "GET /faulty/limited", null, 429, "rate_limited")]
    [InlineData("exception in a handler", "GET /faulty/handler", null, 500, "internal_error")]
    [InlineData("exception in a middleware", "GET /faulty/middleware", null, 500, "internal_error")]
    [InlineData("exception in the serializer", "GET /faulty/serializer", null, 500, "internal_error")]
    [InlineData("unmapped constraint", "GET /faulty/sqlstate/23505/planted_other_key", null, 500, "internal_error")]
    [InlineData("broken SQL", "GET /faulty/sqlstate/42601/none", null, 500, "internal_error")]
    [InlineData("other system fails", "GET /faulty/upstream", null, 502, "upstream_failed")]
    [InlineData("database down", "GET /faulty/down", null, 503, "unavailable")]
    [InlineData("database slow", "GET /faulty/slow", null, 503, "unavailable")]
    [InlineData("database slow, by EF Core", "GET /faulty/slow-query", null, 503, "unavailable")]
    [InlineData("pool exhausted", "GET /faulty/exhausted", null, 503, "unavailable")]
    [InlineData("serialization failure", "GET /faulty/sqlstate/40001/none", null, 503, "unavailable")]
    [InlineData("deadlock", "GET /faulty/sqlstate/40P01/none", null, 503, "unavailable")]
    [InlineData("lock not available", "GET /faulty/sqlstate/55P03/none", null, 503, "unavailable")]
    [InlineData("query cancelled", "GET /faulty/sqlstate/57014/none", null, 503, "unavailable")]
    [InlineData("too many connections", "GET /faulty/sqlstate/53300/none", null, 503, "unavailable")]
    [InlineData("administrator's shutdown", "GET /faulty/terminated", null, 503, "unavailable")]
    [InlineData("other system hangs", "GET /faulty/upstream-hangs", null, 504, "upstream_timeout")]
    public async Task Every_failure_is_a_problem_that_tells_nothing_of_the_inside(string what, string call, string? body, int status, string code)
    {
        var (method, path) = (call.Split(' ')[0], call.Split(' ')[1]);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body is null ? null
            : body == "text/plain" ? new StringContent(SignIn, Encoding.UTF8, body)
            : new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Authorization = status == 403 ? new("Bearer", api.Session) : null;
        using var response = await api.Host.Public.SendAsync(request);

        var problem = await Problem.IsAsync(response, (HttpStatusCode)status, code);
        var text = await response.Content.ReadAsStringAsync();
        Assert.False(Inside().IsMatch(text), $"{what}: {Inside().Match(text)} in {text}");
        Assert.All(api.Secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(status == 401, response.Headers.WwwAuthenticate.Count > 0);
        Assert.Equal(status == 503, response.Headers.RetryAfter is not null);
        AssertLogged(problem.GetProperty("traceId").GetString()!, status);
    }

    [Fact]
    public async Task A_401_names_the_way_to_authenticate() =>
        Assert.Equal("Bearer", Assert.Single((await api.Host.Public.GetAsync("/v1/account")).Headers.WwwAuthenticate).Scheme);

    [Fact]
    public async Task A_violated_constraint_names_the_clients_own_member()
    {
        var response = await api.Host.Public.GetAsync("/faulty/sqlstate/23514/planted_title_check");
        var problem = await Problem.IsAsync(response, HttpStatusCode.BadRequest, "validation_failed");

        Assert.Equal("A title has at most 200 characters.", problem.GetProperty("errors").GetProperty("title")[0].GetString());
    }

    [Fact]
    public async Task An_unmapped_constraint_is_named_in_the_log()
    {
        var response = await api.Host.Public.GetAsync("/faulty/sqlstate/23505/planted_other_key");
        var problem = await Problem.IsAsync(response, HttpStatusCode.InternalServerError, "internal_error");

        Assert.Contains("planted_other_key", Assert.Single(api.Log.Complaints(problem.GetProperty("traceId").GetString()!)).Message);
    }

    // One event for each failure that is not the client's, whoever throws it; it alone holds the exception.
    private void AssertLogged(string traceId, int status)
    {
        var complaints = api.Log.Complaints(traceId).ToList();

        if (status < 500)
        {
            Assert.Empty(complaints);
            return;
        }

        var complaint = Assert.Single(complaints);
        Assert.NotNull(complaint.Exception);
        Assert.Equal(status == 500 ? "Error" : "Warning", complaint.Level.ToString());
    }

    [GeneratedRegex(
        @"\bat [A-Z]\w+\.|Exception|Npgsql|System\.|Microsoft\.|\b(?i:select|insert|update) \w+ |/home|/tmp|/root|[A-Z]:\\|Host=|Password=|127\.0\.0\.1|localhost",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Inside();
}
