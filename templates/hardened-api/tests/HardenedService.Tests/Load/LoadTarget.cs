using HardenedService.Operations.Load;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Load;

/// <summary>Something small to be asked, which does what a test tells it to.</summary>
internal sealed class LoadTarget : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LoadTarget(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public static async Task<LoadTarget> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();

        return new(app);
    }

    /// <summary>Asks such a target, and sums up what came of it.</summary>
    /// <param name="answer">What it answers.</param>
    /// <param name="rate">How many calls a second.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="change">What else the plan says.</param>
    /// <param name="progress">Is told of each second.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<LoadReport> AskAsync(
        RequestDelegate answer, double rate, double seconds, Func<LoadPlan, LoadPlan>? change = null, Action<LoadSecond, int>? progress = null, CancellationToken cancel = default)
    {
        await using var target = await StartAsync(answer);

        return await AskAsync(target.Address, rate, seconds, change, progress, cancel);
    }

    public static async Task<LoadReport> AskAsync(
        Uri address, double rate, double seconds, Func<LoadPlan, LoadPlan>? change = null, Action<LoadSecond, int>? progress = null, CancellationToken cancel = default)
    {
        var ask = new LoadOperation("ask", 1, (_, _) => new HttpRequestMessage(HttpMethod.Get, "/"));
        var plan = new LoadPlan(1, rate, TimeSpan.FromSeconds(seconds), [ask]);
        plan = change?.Invoke(plan) ?? plan;
        using var client = plan.Connect(address);
        var found = await new LoadRun(plan, [new LoadUser("", "")], client, new Random(7)).RunAsync(progress ?? ((_, _) => { }), cancel);

        return LoadReport.Of(DateTimeOffset.UnixEpoch, address, plan, ServiceLevel.Parse(ServiceLevel.Default), found);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
