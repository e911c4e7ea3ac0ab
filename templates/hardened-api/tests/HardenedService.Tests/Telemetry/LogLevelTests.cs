using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Telemetry;

public sealed class LogLevelTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task An_ordinary_request_is_one_line_at_Information_and_none_above()
    {
        var recorder = new LogRecorder();
        using var host = Start(recorder, new() { ["Telemetry:TrustTraceContext"] = "true" });
        var (email, token) = await host.NewPersonAsync(api.Database);

        await TellsAsync("GET /v1/account was answered 200 in ", HttpMethod.Get, "/v1/account", token);
        await TellsAsync("GET /v1/account was answered 401 in ", HttpMethod.Get, "/v1/account");
        await TellsAsync("GET (no route) was answered 404 in ", HttpMethod.Get, "/v1/canary?canary=1", token);
        await TellsAsync("GET (no route) was answered 400 in ", HttpMethod.Get, "/v1/account?canary=1&canary=2", token);
        await TellsAsync("POST /v1/sessions was answered 201 in ", HttpMethod.Post, "/v1/sessions", body: new { email, password = People.Password, transport = "bearer" });
        await TellsAsync("POST /v1/sessions was answered 401 in ", HttpMethod.Post, "/v1/sessions", body: new { email, password = "canary of a password", transport = "bearer" });
        await TellsAsync("POST /v1/accounts was answered 202 in ", HttpMethod.Post, "/v1/accounts", body: new { email = People.NewAddress(), password = People.Password });
        await TellsAsync("DELETE /v1/sessions/current was answered 204 in ", HttpMethod.Delete, "/v1/sessions/current", token);

        async Task TellsAsync(string expected, HttpMethod method, string path, string? bearer = null, object? body = null)
        {
            var trace = $"{Guid.NewGuid():N}";
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-00");
            request.Headers.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);
            await host.Public.SendAsync(request);

            // The line is written when the client has its answer already.
            await Eventually.HoldsAsync(() => Lines().Any(), $"a line of {method} {path}");
            var line = Assert.Single(Lines());
            Assert.Equal(LogLevel.Information, line.Level);
            Assert.StartsWith(expected, line.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("canary", line.Message);

            IEnumerable<LogRecord> Lines() => recorder.Records.Where(record => record.TraceId == trace && record.Level >= LogLevel.Information);
        }
    }

    [Fact]
    public async Task Probes_are_no_line_at_all()
    {
        var recorder = new LogRecorder();
        using var host = Start(recorder, []);
        await host.Management.GetAsync("/health/live");
        using var answer = await host.Public.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);

        await Eventually.HoldsAsync(() => Ended().Any(), "the line of the public port");
        Assert.Contains("404", Assert.Single(Ended()).Message);

        IEnumerable<LogRecord> Ended() => recorder.Records.Where(record => record.Message.Contains("was answered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Levels_change_while_it_runs_also_where_an_orchestrator_changes_a_link_above_the_file()
    {
        // As in a mounted ConfigMap: the file is a link to a link, and that leads to each version in turn.
        var directory = Directory.CreateTempSubdirectory("levels-");
        var file = Path.Combine(directory.FullName, "levels.json");
        var recorder = new LogRecorder();
        Mount("1", "Warning");
        File.CreateSymbolicLink(file, "..data");
        using var host = Start(recorder, new() { ["Logging:LevelFile"] = file, ["Logging:LevelFileInterval"] = "00:00:00.020" });

        Assert.False(await IsToldAsync());
        Mount("2", "Information");
        await Eventually.HoldsAsync(IsToldAsync, "a line of a request");
        Mount("3", "Warning");
        await Eventually.HoldsAsync(async () => !await IsToldAsync(), "no line of a request");

        // Nonsense is refused, and what was read last holds.
        Mount("4", "Loud");
        await Eventually.HoldsAsync(() => recorder.Records.Any(record => record.Message.Contains("HardenedService.Platform.Telemetry.RequestRecord is none", StringComparison.Ordinal)), "a complaint");
        Assert.False(await IsToldAsync());
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "4"), "{");
        await Eventually.HoldsAsync(() => recorder.Records.Any(record => record.Message.Contains("is no JSON", StringComparison.Ordinal)), "another complaint");
        Mount("5", "Information");
        await Eventually.HoldsAsync(IsToldAsync, "a line of a request again");

        // A file that is gone takes its levels with it: those of the settings count again.
        directory.Delete(recursive: true);
        await Eventually.HoldsAsync(IsToldAsync, "a line of a request still");

        void Mount(string version, string level)
        {
            File.WriteAllText(
                Path.Combine(directory.FullName, version),
                $$"""{"Logging":{"LogLevel":{"HardenedService.Platform.Telemetry.RequestRecord":"{{level}}" } } }""");
            File.CreateSymbolicLink(Path.Combine(directory.FullName, "..next"), version);
            File.Move(Path.Combine(directory.FullName, "..next"), Path.Combine(directory.FullName, "..data"), overwrite: true);
        }

        // The line of a request comes after its answer, but as a rule before that of the next one.
        async Task<bool> IsToldAsync()
        {
            var before = Told();
            await host.Public.GetAsync("/v1/account");
            await host.Public.GetAsync("/v1/account");

            return Told() > before;
        }

        int Told() => recorder.Records.Count(record => record.Message.Contains("was answered", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{", "cannot be read, or is no JSON")]
    [InlineData("[]", "must be of the form")]
    [InlineData("""{"Logging":{}}""", "must be of the form")]
    [InlineData("""{"Loging":{"LogLevel":{"Default":"Debug"}}}""", "must be of the form")]
    [InlineData("""{"Logging":{"LogLevel":{"Default":"Loud"}}}""", "the level of Default is none")]
    [InlineData("""{"Logging":{"LogLevel":{"Default":"7"}}}""", "the level of Default is none")]
    public async Task A_file_that_is_wrong_stops_the_start(string content, string fault)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, content);
        var faults = ApiHost.Prepare("Development", ("Logging:LevelFile", file), ("Mail:From", "nobody")).CheckSettings();
        File.Delete(file);

        // Together with all else that is wrong; a file that is not there is none.
        Assert.Equal(["Logging:LevelFile", "Mail:From"], faults.Select(found => found.Key));
        Assert.Contains(fault, faults[0].Message);
        Assert.Empty(ApiHost.Prepare("Development", ("Logging:LevelFile", file)).CheckSettings());
    }

    [Theory]
    [Wall("I1")]
    [InlineData("HardenedService.Platform.Outbox.OutboxWorker", LogLevel.Trace)]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Warning)]
    [InlineData("System.Net.Http.HttpClient.Planted.LogicalHandler", LogLevel.Warning)]
    [InlineData("Npgsql.Command", LogLevel.Information)]
    [InlineData("Microsoft.Hosting.Lifetime", LogLevel.Information)]
    [InlineData("A.Library", LogLevel.Information)]
    public void Below_its_floor_a_category_is_silent_whatever_the_settings_say(string category, LogLevel floor)
    {
        var recorder = new LogRecorder();
        using var host = Start(recorder, new()
        {
            ["Logging:LogLevel:Default"] = "Trace",
            [$"Logging:LogLevel:{category}"] = "Trace",
            [$"Logging:{typeof(LogRecorder).FullName}:LogLevel:{category}"] = "Trace",
        });
        var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

        Assert.Equal(floor, LogFloors.Of(category));
        Assert.All(Enum.GetValues<LogLevel>().Except([LogLevel.None]), level => Assert.Equal(level >= floor, logger.IsEnabled(level)));
    }

    private ApiHost Start(LogRecorder recorder, Dictionary<string, string> settings) =>
        api.StartAnother(settings, web => web.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(recorder)));
}
