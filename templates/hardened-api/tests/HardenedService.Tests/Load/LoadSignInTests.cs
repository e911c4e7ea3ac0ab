using HardenedService.Operations.Load;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Tests.Load;

/// <summary>Signing in to what may be another service, or none.</summary>
public sealed class LoadSignInTests
{
    [Theory]
    [InlineData(201, "<html>", "not with a session: it is another service")]
    [InlineData(201, "{}", "not with a session: it is another service")]
    [InlineData(201, "[]", "not with a session: it is another service")]
    [InlineData(201, """{"token":"t","session":{"organizationId":null}}""", "not with a session: it is another service")]
    [InlineData(401, """{"code":"invalid_credentials"}""", "401 invalid_credentials (is it the service that uses the database of")]
    [InlineData(401, """{"code":"\u001b[31m"}""", "401 m (is it")]
    [InlineData(404, "\u001b[31mNothing here", "404, and not as this service says it")]
    [InlineData(301, "", "301, it sends them to https://elsewhere.example. Name that address")]
    public async Task What_does_not_let_them_in_is_told_in_a_line(int status, string body, string message)
    {
        await using var target = await LoadTarget.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = status == StatusCodes.Status301MovedPermanently ? "https://elsewhere.example/v1/sessions" : default;
            return context.Response.WriteAsync(body, context.RequestAborted);
        });

        var told = (await Assert.ThrowsAsync<LoadException>(() => SignInAsync(target, 1, _ => { }))).Message;

        Assert.Contains(message, told);
        Assert.DoesNotContain(told, char.IsControl);
    }

    [Fact]
    public async Task Who_is_asked_to_wait_comes_again_and_how_many_are_in_is_told()
    {
        var calls = 0;
        await using var target = await LoadTarget.StartAsync(context =>
        {
            if (Interlocked.Increment(ref calls) <= 2)
            {
                context.Response.StatusCode = calls == 1 ? StatusCodes.Status429TooManyRequests : StatusCodes.Status503ServiceUnavailable;
                context.Response.Headers.RetryAfter = "0";
                return Task.CompletedTask;
            }

            context.Response.StatusCode = StatusCodes.Status201Created;
            return context.Response.WriteAsync($$$"""{"token":"t","session":{"organizationId":"{{{Guid.NewGuid()}}}"}}""", context.RequestAborted);
        });
        List<int> counts = [];

        await SignInAsync(target, 3, counts.Add);

        Assert.Equal([1, 2, 3], counts);
        Assert.Equal(5, calls);
    }

    private static async Task SignInAsync(LoadTarget target, int count, Action<int> progress)
    {
        using var client = new LoadPlan(1, 1, TimeSpan.FromSeconds(1), LoadOperations.All).Connect(target.Address);
        await LoadSignIn.AllAsync(client, [.. Enumerable.Range(0, count).Select(_ => new LoadUser("", ""))], progress, TestContext.Current.CancellationToken);
    }
}
