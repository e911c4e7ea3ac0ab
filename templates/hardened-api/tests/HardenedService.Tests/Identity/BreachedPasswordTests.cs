using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Identity;

public sealed class BreachedPasswordTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Breached = "seventeen paper cranes";
    private const string Padding = "eighteen paper cranes";

    [Fact]
    public async Task A_range_api_learns_five_digits_of_the_hash_and_its_verdict_counts()
    {
        await using var range = await RangeAsync(context => context.Response.WriteAsync($"{Hash("something else")[5..]}:7\r\n{Hash(Breached)[5..]}:3\r\n{Hash(Padding)[5..]}:0"));
        using var host = Start(range.Address);

        await Problem.IsAsync(await RegisterAsync(host, Breached), HttpStatusCode.BadRequest, "validation_failed");
        Assert.Equal(HttpStatusCode.Accepted, (await RegisterAsync(host, Padding)).StatusCode);
        Assert.Equal([$"/range/{Hash(Breached)[..5]}", $"/range/{Hash(Padding)[..5]}"], range.Paths);
    }

    [Fact]
    public async Task A_range_api_that_fails_hangs_or_sends_elsewhere_lets_passwords_through_with_a_warning()
    {
        await using var elsewhere = await RangeAsync(context => context.Response.WriteAsync($"{Hash(Breached)[5..]}:3"));
        var answers = new Queue<RequestDelegate>(
        [
            context =>
            {
                context.Response.StatusCode = 500;
                return Task.CompletedTask;
            },
            context => Task.Delay(Timeout.Infinite, context.RequestAborted),
            context =>
            {
                context.Response.Redirect($"{elsewhere.Address}/range/00000");
                return Task.CompletedTask;
            },
            context => context.Response.WriteAsync(new string('x', 2 * 1024 * 1024)),
        ]);
        var count = answers.Count;
        await using var range = await RangeAsync(context => answers.Dequeue()(context));
        using var log = new LogRecorder();
        using var host = Start(range.Address, log);

        for (var i = 0; i < count; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await RegisterAsync(host, Breached)).StatusCode);
        }

        Assert.Empty(elsewhere.Paths);
        Assert.Equal(count, log.Records.Count(record => record.Level == LogLevel.Warning && record.Message.Contains("range API")));
        Assert.DoesNotContain(log.Records, record => record.Message.Contains(Hash(Breached)[5..]));
    }

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The protocol's choice.")]
    private static string Hash(string password) => Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(password)));

    private static Task<HttpResponseMessage> RegisterAsync(ApiHost host, string password) =>
        host.Public.PostAsync("/v1/accounts", JsonContent.Create(new { email = People.NewAddress(), password }));

    private ApiHost Start(string address, LogRecorder? log = null) => api.StartAnother(
        new Dictionary<string, string> { ["BreachedPasswords:Url"] = $"{address}/range/", ["BreachedPasswords:Timeout"] = log is null ? "00:00:10" : "00:00:00.500" },
        web => web.ConfigureServices(services => services.AddLogging(logging => _ = log is null ? logging : logging.AddProvider(log))));

    private static async Task<Range> RangeAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var paths = new ConcurrentQueue<string>();
        app.Run(context =>
        {
            paths.Enqueue(context.Request.Path);
            return answer(context);
        });
        await app.StartAsync();

        return new Range(app, paths);
    }

    private sealed record Range(WebApplication App, ConcurrentQueue<string> Paths) : IAsyncDisposable
    {
        public string Address => App.Urls.Single();

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
