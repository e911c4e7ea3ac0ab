using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Dev.Documents;

/// <summary>
/// The two systems that documents depend on, as fakes on 127.0.0.1: a virus scanner, and a reviewer by HTTP (<c>POST /reviews</c>). How they
/// behave is read and set, while they run, by GET and PUT of <c>/scanner</c> and <c>/reviewer</c>.
/// </summary>
internal sealed class FakeSystems : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    private readonly FakeScanner _scanner = new();
    private readonly WebApplication _http;
    private Mood _reviewer = new() { Latency = 2000 };

    private FakeSystems()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        _http = builder.Build();
        _http.Run(ServeAsync);
    }

    /// <summary>The port of the virus scanner.</summary>
    public int ScannerPort => _scanner.Port;

    /// <summary>Where the reviewer is, and the knobs.</summary>
    public Uri Address => new(_http.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Starts both, on free ports.</summary>
    public static async Task<FakeSystems> StartAsync(CancellationToken cancel)
    {
        var systems = new FakeSystems();
        await systems._http.StartAsync(cancel);

        return systems;
    }

    /// <summary>Stops both, and ends what is connected.</summary>
    public async ValueTask DisposeAsync()
    {
        await _scanner.DisposeAsync();
        await _http.DisposeAsync();
    }

    private Task ServeAsync(HttpContext context) => (context.Request.Method, context.Request.Path.Value) switch
    {
        ("GET", "/scanner") => context.Response.WriteAsJsonAsync(_scanner.Mood),
        ("GET", "/reviewer") => context.Response.WriteAsJsonAsync(_reviewer),
        ("PUT", "/scanner") => SetAsync(context, mood => _scanner.Mood = mood),
        ("PUT", "/reviewer") => SetAsync(context, mood => _reviewer = mood),
        ("POST", "/reviews") => ReviewAsync(context),
        _ => RefuseAsync(context, StatusCodes.Status404NotFound, "GET or PUT /scanner, /reviewer; POST /reviews"),
    };

    private static async Task SetAsync(HttpContext context, Action<Mood> set)
    {
        try
        {
            var mood = await JsonSerializer.DeserializeAsync<Mood>(context.Request.Body, Strict, context.RequestAborted) ?? new Mood();
            Validator.ValidateObject(mood, new ValidationContext(mood), validateAllProperties: true);
            set(mood);
            await context.Response.WriteAsJsonAsync(mood);
        }
        catch (Exception exception) when (exception is JsonException or ValidationException)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, exception.Message);
        }
    }

    private async Task ReviewAsync(HttpContext context)
    {
        var size = 0L;
        var buffer = new byte[16 * 1024];

        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            size += read;
        }

        switch (await _reviewer.TakeAsync(context.RequestAborted))
        {
            case Turn.Error:
                await RefuseAsync(context, StatusCodes.Status500InternalServerError, "The model is overloaded.");
                break;
            case Turn.Garbage:
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("""{"summary":"It begins well, and""", context.RequestAborted);
                break;
            default:
                var summary = string.Create(CultureInfo.InvariantCulture, $"A document of {size:N0} bytes, {context.Request.ContentType}. Nobody has read it: this reviewer is a fake.");
                await context.Response.WriteAsJsonAsync(new { summary }, context.RequestAborted);
                break;
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;

        return context.Response.WriteAsync(text);
    }
}
