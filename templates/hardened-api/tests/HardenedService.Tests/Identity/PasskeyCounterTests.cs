using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Identity;

[Wall("C7")]
public sealed class PasskeyCounterTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Theory]
    [InlineData(9u)]
    [InlineData(10u)]
    [InlineData(0u)]
    public async Task A_counter_that_does_not_grow_is_refused_and_noted(uint counter)
    {
        using var log = new LogRecorder();
        using var host = api.StartAnother(configure: web => web.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(log)));
        using var authenticator = new Authenticator();
        var (_, _, id) = await api.NewPersonWithPasskeyAsync(authenticator);
        await UsedAsync(authenticator, 10);

        var begun = await api.BeginPasskeySignInAsync();
        var copy = authenticator.Get(begun.Options, new() { Counter = counter });
        using var answer = await host.Public.PostAsync(
            Passkeys.SignInPath, JsonContent.Create(new { ticket = begun.Ticket, credential = copy, transport = "bearer" }));

        await Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "invalid_credentials");
        var note = Assert.Single(log.Records, record => record.Level == LogLevel.Warning && record.Message.Contains($"{id}", StringComparison.Ordinal));
        Assert.Contains($"its counter came as {counter} after 10", note.Message);
        Assert.Equal(10, await CounterAsync(id));

        await UsedAsync(authenticator, 11);
        Assert.Equal(11, await CounterAsync(id));
    }

    [Fact]
    public async Task An_authenticator_that_does_not_count_signs_in_again_and_again()
    {
        using var authenticator = new Authenticator { Counts = false };
        await api.NewPersonWithPasskeyAsync(authenticator);

        for (var time = 0; time < 3; time++)
        {
            Assert.Equal(HttpStatusCode.Created, (await api.SignInWithPasskeyAsync(authenticator)).StatusCode);
        }
    }

    [Fact]
    public async Task A_counter_may_grow_to_its_end()
    {
        using var authenticator = new Authenticator();
        var (_, _, id) = await api.NewPersonWithPasskeyAsync(authenticator);
        await UsedAsync(authenticator, uint.MaxValue);

        Assert.Equal(uint.MaxValue, await CounterAsync(id));
    }

    [Fact]
    public async Task Of_fourteen_copies_that_sign_in_at_once_with_one_counter_one_does()
    {
        for (var round = 0; round < 10; round++)
        {
            using var authenticator = new Authenticator();
            await api.NewPersonWithPasskeyAsync(authenticator);
            var begun = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.BeginPasskeySignInAsync()));
            var copies = begun.Select(ceremony => (ceremony.Ticket, Credential: authenticator.Get(ceremony.Options, new() { Counter = 7 }))).ToList();

            var answers = await Task.WhenAll(copies.Select(copy => api.SignInWithPasskeyAsync(copy.Ticket, copy.Credential)));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
            Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        }
    }

    private async Task UsedAsync(Authenticator authenticator, uint counter) =>
        Assert.Equal(HttpStatusCode.Created, (await api.SignInWithPasskeyAsync(authenticator, new() { Counter = counter })).StatusCode);

    private Task<long> CounterAsync(Guid id) => api.ScalarAsync<long>("select sign_count from identity.passkeys where id = $1", id);
}
