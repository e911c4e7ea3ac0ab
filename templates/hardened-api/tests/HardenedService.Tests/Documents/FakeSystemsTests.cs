using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using HardenedService.Api.Documents;
using HardenedService.Api.Documents.Reviews;
using HardenedService.Api.Documents.Scanning;
using HardenedService.Dev.Documents;
using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Documents;

/// <summary>The development runner's fakes, asked by the service's own clients.</summary>
public sealed class FakeSystemsTests : IAsyncLifetime
{
    private FakeSystems _fakes = null!;
    private WebApplication _app = null!;
    private HttpClient _knobs = null!;

    public async ValueTask InitializeAsync()
    {
        _fakes = await FakeSystems.StartAsync(TestContext.Current.CancellationToken);
        _knobs = new HttpClient { BaseAddress = _fakes.Address };
        _app = ApiHost.Prepare(
            "Development",
            ("Scanner:Port", $"{_fakes.ScannerPort}"),
            ("Outbound:Scanner:Retries", "0"),
            ("Outbound:Scanner:AttemptTimeout", "00:00:01"),
            ("Outbound:Reviewer:BaseAddress", $"{_fakes.Address}"),
            ("Outbound:Reviewer:AttemptTimeout", "00:00:01")).Build();
        await SetAsync("scanner", new { latency = 0 });
        await SetAsync("reviewer", new { latency = 0 });
    }

    [Fact]
    public async Task The_scanner_finds_the_test_virus_wherever_it_stands()
    {
        Assert.Equal(DocumentStatus.Clean, (await ScanAsync("Nothing to see.")).Status);
        Assert.Equal(DocumentStatus.Clean, (await ScanAsync("")).Status);

        // Across the border of two chunks, which are 64 KiB.
        foreach (var before in new[] { 0, 64 * 1024 - 30, 64 * 1024, 300_000 })
        {
            var result = await ScanAsync(new string('x', before) + ScannerServer.Eicar + "and more");
            Assert.Equal((DocumentStatus.Infected, "Eicar-Test-Signature"), (result.Status, result.Signature));
        }
    }

    [Theory]
    [InlineData("errors", UpstreamFailure.Failed)]
    [InlineData("garbage", UpstreamFailure.Failed)]
    [InlineData("hangs", UpstreamFailure.TimedOut)]
    public async Task The_scanner_fails_when_it_is_told_to(string knob, UpstreamFailure failure)
    {
        await SetAsync("scanner", new Dictionary<string, int> { [knob] = 1, ["latency"] = 0 });

        Assert.Equal(failure, (await Assert.ThrowsAsync<UpstreamException>(() => ScanAsync("A text."))).Failure);
    }

    [Fact]
    public async Task The_reviewer_answers_and_fails_when_it_is_told_to()
    {
        Assert.StartsWith("A document of 7 bytes, text/plain.", await ReviewAsync(), StringComparison.Ordinal);

        await SetAsync("reviewer", new { latency = 0, errors = 1 });
        Assert.Equal(UpstreamFailure.Failed, (await Assert.ThrowsAsync<UpstreamException>(ReviewAsync)).Failure);
        await SetAsync("reviewer", new { latency = 0, garbage = 1 });
        Assert.Equal(ReviewFailures.Unreadable, (await Assert.ThrowsAsync<ReviewFailedException>(ReviewAsync)).Code);
        await SetAsync("reviewer", new { hangs = 1 });
        Assert.Equal(UpstreamFailure.TimedOut, (await Assert.ThrowsAsync<UpstreamException>(ReviewAsync)).Failure);
    }

    [Fact]
    public async Task The_knobs_can_be_read_and_take_no_nonsense()
    {
        await SetAsync("scanner", new { latency = 5, errors = 0.25 });

        var mood = await _knobs.GetFromJsonAsync<JsonElement>("scanner", TestContext.Current.CancellationToken);
        Assert.Equal("""{"latency":5,"hangs":0,"errors":0.25,"garbage":0}""", mood.GetRawText());

        foreach (var nonsense in new[] { """{"errors":2}""", """{"latency":-1}""", """{"error":1}""", "[]", "" })
        {
            using var content = new StringContent(nonsense, Encoding.UTF8, "application/json");
            using var answer = await _knobs.PutAsync("scanner", content, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _knobs.Dispose();
        await _app.DisposeAsync();
        await _fakes.DisposeAsync();
    }

    private Task<ScanResult> ScanAsync(string text) => _app.Services.GetRequiredService<VirusScanner>()
        .ScanAsync(() => new MemoryStream(Encoding.UTF8.GetBytes(text)), TestContext.Current.CancellationToken);

    private async Task<string> ReviewAsync()
    {
        using var document = new MemoryStream("A text."u8.ToArray());

        return await _app.Services.GetRequiredService<ReviewClient>()
            .ReviewAsync(Guid.NewGuid(), document, "text/plain", document.Length, TestContext.Current.CancellationToken);
    }

    private async Task SetAsync(string system, object mood)
    {
        using var answer = await _knobs.PutAsJsonAsync(system, mood, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
