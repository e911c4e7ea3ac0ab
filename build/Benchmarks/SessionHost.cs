#:sdk Microsoft.NET.Sdk.Web
#:project ../../templates/hardened-api/src/HardenedService.Platform/HardenedService.Platform.csproj
#:package Microsoft.AspNetCore.Identity.EntityFrameworkCore
#:property PublishAot=false
#:property InvariantGlobalization=false
#:property NoWarn=MA0047

// The servers that `bench --sessions` compares, chosen by the first argument: the platform's sessions, or Identity's own endpoints with
// their cookie and bearer handlers. The second argument is the connection string. Built and started by the verb; compiled apart from the tool.

using System.Security.Claims;
using HardenedService.Platform;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

if (args is not [var variant, var database])
{
    return 1;
}

await using var app = variant == "platform" ? Platform(database) : await PlainAsync(database);
app.MapGet("/processor-time", () => Environment.CpuUsage.TotalTime.TotalMicroseconds).AllowAnonymous();
await app.StartAsync();
Console.WriteLine($"listening {app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}");
await app.WaitForShutdownAsync();
return 0;

static WebApplication Platform(string database)
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Development });
    builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Service:Address"] = "127.0.0.1",
        ["Service:Port"] = "0",
        ["Service:ManagementPort"] = "0",
        ["Service:PublicUrl"] = "http://bench.example",
        ["Database:ConnectionString"] = database,
        ["Mail:Host"] = "127.0.0.1",
        ["Mail:From"] = "no-reply@localhost",
        ["RateLimits:PerAddress:Burst"] = "1000000",
        ["RateLimits:PerAddress:PerMinute"] = "6000000",
        ["RateLimits:PerUser:Burst"] = "1000000",
        ["RateLimits:PerUser:PerMinute"] = "6000000",
        ["Logging:LogLevel:Default"] = "Warning",
    });
    builder.AddPlatform();
    var app = builder.Build();
    app.UsePlatform();
    var v1 = app.MapApi("/v1");
    v1.MapGet("/greeting", () => new Answer(Guid.Empty, "someone@bench.example", DateTime.UnixEpoch)).AllowAnonymous();
    v1.MapGet("/sessions/current", (Session session) => new Answer(session.UserId, session.Email, DateTime.UnixEpoch));

    // What each request would do by itself: the same question, for one token, on a pool of the same size.
    v1.MapGet("/individual", async (HttpRequest request, [FromKeyedServices("sessions")] NpgsqlDataSource sessions) =>
    {
        await using var connection = await sessions.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            "select account_id, email, last_seen_at > now() - interval '1 minute' from identity.live_sessions where token_hash = $1", connection);
        command.Parameters.Add(new() { Value = OpaqueToken.Hash(request.Headers["Token"].ToString()) });
        await command.PrepareAsync();
        await using var row = await command.ExecuteReaderAsync();
        return await row.ReadAsync() ? Results.Ok(new Answer(row.GetGuid(0), row.GetString(1), DateTime.UnixEpoch)) : Results.Unauthorized();
    }).AllowAnonymous();

    return app;
}

static async Task<WebApplication> PlainAsync(string database)
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.Services.AddDbContext<PlainDb>(options => options.UseNpgsql(database));
    builder.Services.AddIdentityApiEndpoints<IdentityUser>().AddEntityFrameworkStores<PlainDb>();
    builder.Services.AddAuthorization();

    // The load speaks plain HTTP: otherwise the cookie would be refused.
    builder.Services.ConfigureApplicationCookie(cookie => cookie.Cookie.SecurePolicy = CookieSecurePolicy.None);
    var app = builder.Build();
    app.MapIdentityApi<IdentityUser>();
    app.MapGet("/v1/sessions/current", (ClaimsPrincipal user) => new Answer(
        Guid.Parse(user.FindFirstValue(ClaimTypes.NameIdentifier)!), user.FindFirstValue(ClaimTypes.Email)!, DateTime.UnixEpoch)).RequireAuthorization();

    await using var scope = app.Services.CreateAsyncScope();
    await scope.ServiceProvider.GetRequiredService<PlainDb>().GetService<IRelationalDatabaseCreator>().CreateTablesAsync();

    return app;
}

internal sealed record Answer(Guid UserId, string Email, DateTime CreatedAt);

internal sealed class PlainDb(DbContextOptions<PlainDb> options) : IdentityDbContext(options)
{
    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.HasDefaultSchema("plain");
    }
}
