using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Telemetry;

public sealed class TraceTests(TraceScene scene) : IClassFixture<TraceScene>
{
    private static readonly string[] OfServer =
        ["http.request.method", "http.response.status_code", "http.route", "network.protocol.version", "url.scheme"];

    [Fact]
    public async Task A_request_is_a_span_that_tells_of_its_route_and_of_nothing_that_was_sent()
    {
        var (trace, answer) = await scene.SendAsync(HttpMethod.Delete, $"/v1/sessions/{Guid.NewGuid()}?canary=query", "hs1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        var (server, others) = await scene.TraceAsync(trace);

        Assert.Equal("DELETE /v1/sessions/{id:guid}", server.Name);
        Assert.Equal(OfServer, server.Attributes.Keys.Order());
        Assert.Equal(
            ("DELETE", "401", "/v1/sessions/{id:guid}", "1.1", "http"),
            (server.Attributes[OfServer[0]], server.Attributes[OfServer[1]], server.Attributes[OfServer[2]], server.Attributes[OfServer[3]], server.Attributes[OfServer[4]]));
        Assert.Equal(OtlpStatus.Unset, server.Status);
        Assert.Contains(others, span => span.Name == "look up session" && span.ParentId == server.SpanId);
    }

    [Fact]
    public async Task A_request_without_a_route_is_named_by_its_method()
    {
        var (trace, _) = await scene.SendAsync(HttpMethod.Get, "/v1/canary");
        var (unknown, _) = await scene.TraceAsync(trace);
        (trace, _) = await scene.SendAsync(HttpMethod.Parse("CANARY"), "/v1/account");
        var (nonsense, _) = await scene.TraceAsync(trace);

        Assert.Equal(("GET", "404"), (unknown.Name, unknown.Attributes["http.response.status_code"]));
        Assert.Equal(("HTTP", "_OTHER"), (nonsense.Name, nonsense.Attributes["http.request.method"]));
        Assert.DoesNotContain("http.route", unknown.Attributes);
    }

    [Fact]
    public async Task Sign_in_shows_its_stages_and_its_statements_without_their_values()
    {
        var person = await scene.Api.NewPersonWithTotpAsync();
        var (password, asked) = await scene.SendAsync(
            HttpMethod.Post, "/v1/sessions", content: JsonContent.Create(new { email = person.Email, password = People.Password, transport = "bearer" }));
        var ticket = (await Problem.IsAsync(asked, HttpStatusCode.Forbidden, "mfa_required")).GetProperty("ticket").GetString();
        var (factor, answer) = await scene.SendAsync(
            HttpMethod.Post, "/v1/sessions/mfa", content: JsonContent.Create(new { ticket, recoveryCode = person.RecoveryCodes[0], transport = "bearer" }));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var (first, stages) = await scene.TraceAsync(password);
        var (_, further) = await scene.TraceAsync(factor);

        var waiting = Assert.Single(stages, span => span.Name == "wait for passwords");
        var hashing = Assert.Single(stages, span => span.Name == "verify password");
        Assert.Equal((first.SpanId, first.SpanId), (waiting.ParentId, hashing.ParentId));
        Assert.Equal((OtlpSpanKind.Internal, 0), (hashing.Kind, hashing.Attributes.Count));
        var stage = Assert.Single(further, span => span.Name == "verify second factor");

        var statements = stages.Concat(further).Where(span => span.Attributes.ContainsKey("db.query.text")).ToList();
        Assert.Contains(statements, span => span.ParentId == stage.SpanId);
        Assert.All(statements, span =>
        {
            Assert.Equal((OtlpSpanKind.Client, "postgresql"), (span.Kind, span.Attributes["db.system.name"]));
            Assert.Equal(scene.Api.Database.Name, span.Attributes["db.namespace"]);
            Assert.DoesNotContain(person.Email, span.Attributes["db.query.text"], StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public async Task A_delivery_is_a_trace_of_its_own_that_is_linked_to_the_request_that_enqueued_it()
    {
        var (trace, answer) = await scene.SendAsync(
            HttpMethod.Post, "/v1/accounts", content: JsonContent.Create(new { email = People.NewAddress(), password = People.Password }));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var (_, others) = await scene.TraceAsync(trace);
        var enqueued = Assert.Single(others, span => span.Kind == OtlpSpanKind.Producer);
        var delivered = await scene.Receiver.SpanAsync(
            scene.Trusting, "the delivery", span => span.Links.Any(link => (link.TraceId, link.SpanId) == (trace, enqueued.SpanId)));

        Assert.Equal(("enqueue mail", "deliver mail", OtlpSpanKind.Consumer), (enqueued.Name, delivered.Name, delivered.Kind));
        Assert.Equal("", delivered.ParentId);
        Assert.NotEqual(trace, delivered.TraceId);
        Assert.Equal(("outbox", "send", "mail"), Messaging(enqueued));
        Assert.Equal(("outbox", "process", "mail"), Messaging(delivered));
        Assert.Equal(enqueued.Attributes["messaging.message.id"], delivered.Attributes["messaging.message.id"]);
        Assert.Equal("1", delivered.Attributes["app.outbox.attempt"]);
    }

    [Fact]
    public async Task A_call_to_another_system_goes_on_with_our_trace_and_shows_no_address_beyond_the_host()
    {
        var (trace, _) = await scene.SendAsync(HttpMethod.Get, "/calls");
        var (_, others) = await scene.TraceAsync(trace);
        var call = Assert.Single(others, span => span.Kind == OtlpSpanKind.Client);
        var received = scene.Other.Requests.Single(request => request.Headers["traceparent"].Single().Contains(trace, StringComparison.Ordinal));

        Assert.Equal("GET", call.Name);
        Assert.Equal(("GET", "200", "127.0.0.1"), (call.Attributes["http.request.method"], call.Attributes["http.response.status_code"], call.Attributes["server.address"]));
        Assert.Equal($"00-{trace}-{call.SpanId}-01", received.Headers["traceparent"].Single());
        Assert.DoesNotContain(call.Attributes, attribute => attribute.Value.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    [Wall("I1")]
    public async Task A_failure_is_marked_and_its_text_stays_in_the_log()
    {
        var (trace, answer) = await scene.SendAsync(HttpMethod.Get, "/fails");
        await Problem.IsAsync(answer, HttpStatusCode.InternalServerError, "internal_error");
        var (failed, _) = await scene.TraceAsync(trace);
        (trace, _) = await scene.SendAsync(HttpMethod.Get, "/statement");
        var (_, others) = await scene.TraceAsync(trace);
        var statement = Assert.Single(others, span => span.Attributes.ContainsKey("db.query.text"));

        Assert.Equal(("GET /fails", OtlpStatus.Error, "", "500"), (failed.Name, failed.Status, failed.StatusDescription, failed.Attributes["error.type"]));
        Assert.Equal((OtlpStatus.Error, "", 0), (statement.Status, statement.StatusDescription, statement.Events.Count));
        Assert.DoesNotContain(scene.Receiver.Received, post => post.Path == "/v1/traces" && post.Text.Contains("canary of", StringComparison.Ordinal));
        Assert.Contains(scene.Log.Records, record => record.Exception?.Message == "canary of an exception");
    }

    private static (string, string, string) Messaging(OtlpSpan span) =>
        (span.Attributes["messaging.system"], span.Attributes["messaging.operation.type"], span.Attributes["messaging.destination.name"]);
}
