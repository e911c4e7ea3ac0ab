using System.Net;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Identity;

/// <summary>The limits as they are by default, on two replicas.</summary>
public sealed class SignInLimitTests : IClassFixture<ApiFixture>, IDisposable
{
    private const string Wrong = "not the right password";
    private const int PerNetwork = 10;
    private const int PerAccount = 5;
    private const int Registrations = 20;
    private const int Mails = 5;

    private readonly ApiFixture _api;
    private readonly CountedHasher _hasher = new();
    private readonly ApiHost[] _replicas;

    public SignInLimitTests(ApiFixture api)
    {
        _api = api;
        _replicas = [.. Enumerable.Range(0, 2).Select(_ => api.StartAnother(ApiHost.DefaultLimits, _hasher.Use))];
    }

    public void Dispose() => Array.ForEach(_replicas, replica => replica.Dispose());

    [Fact]
    [Wall("A8")]
    public async Task Ten_failed_sign_ins_a_minute_are_let_through_from_a_network_over_all_replicas()
    {
        var (network, other) = (CallsFrom.NewNetwork(), CallsFrom.NewNetwork());

        for (var i = 0; i < PerNetwork; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await Replica(i).SignInAsync(People.NewAddress(), Wrong, network)).StatusCode);
        }

        await IsRefusedAsync(await Replica(0).SignInAsync(People.NewAddress(), Wrong, network), TimeSpan.FromMinutes(1));
        await IsRefusedAsync(await Replica(1).SignInAsync(People.NewAddress(), Wrong, $"::ffff:{network}"), TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Replica(0).SignInAsync(People.NewAddress(), Wrong, other)).StatusCode);
    }

    [Fact]
    [Wall("A8")]
    public async Task An_IPv6_network_is_a_64()
    {
        for (var i = 0; i < PerNetwork; i++)
        {
            await Replica(i).SignInAsync(People.NewAddress(), Wrong, $"2001:db8:8:1::{i}");
        }

        await IsRefusedAsync(await Replica(0).SignInAsync(People.NewAddress(), Wrong, "2001:db8:8:1:ffff::1"), TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Replica(0).SignInAsync(People.NewAddress(), Wrong, "2001:db8:8:2::1")).StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Wall("A3"), Wall("A8")]
    public async Task Five_failed_sign_ins_in_five_minutes_are_let_through_to_an_address_with_or_without_an_account(bool isKnown)
    {
        var email = isKnown ? (await Replica(0).NewPersonAsync(_api.Database)).Email : People.NewAddress();

        for (var i = 0; i < PerAccount; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await Replica(i).SignInAsync(email, Wrong, CallsFrom.NewNetwork())).StatusCode);
        }

        var verified = _hasher.Verified;
        await IsRefusedAsync(await Replica(0).SignInAsync(email.ToUpperInvariant(), Wrong, CallsFrom.NewNetwork()), TimeSpan.FromMinutes(5));
        await IsRefusedAsync(await Replica(1).SignInAsync(email, People.Password, CallsFrom.NewNetwork()), TimeSpan.FromMinutes(5));
        Assert.Equal(verified, _hasher.Verified);
    }

    [Fact]
    [Wall("A8")]
    public async Task A_refused_sign_in_takes_nothing_from_the_other_limit()
    {
        var (full, network) = (People.NewAddress(), CallsFrom.NewNetwork());

        for (var i = 0; i < PerAccount + PerNetwork; i++)
        {
            await Replica(i).SignInAsync(full, Wrong, network);
        }

        for (var i = PerAccount; i < PerNetwork; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await Replica(i).SignInAsync(People.NewAddress(), Wrong, network)).StatusCode);
        }

        await IsRefusedAsync(await Replica(0).SignInAsync(People.NewAddress(), Wrong, network), TimeSpan.FromMinutes(1));
    }

    [Fact]
    [Wall("A8")]
    public async Task A_sign_in_that_succeeds_gives_its_attempt_back_and_only_its_own()
    {
        var (email, _) = await Replica(0).NewPersonAsync(_api.Database);
        var network = CallsFrom.NewNetwork();
        await SignsInAsync();

        for (var i = 0; i < PerAccount; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await Replica(i).SignInAsync(email, Wrong, network)).StatusCode);

            if (i < PerAccount - 1)
            {
                await SignsInAsync();
                await SignsInAsync();
            }
        }

        await IsRefusedAsync(await Replica(0).SignInAsync(email, People.Password, network), TimeSpan.FromMinutes(5));

        async Task SignsInAsync() =>
            Assert.Equal(HttpStatusCode.Created, (await Replica(1).SignInAsync(email, People.Password, network)).StatusCode);
    }

    [Fact]
    [Wall("A8")]
    public async Task A_window_that_has_ended_by_the_database_clock_counts_no_more()
    {
        var email = People.NewAddress();

        for (var i = 0; i < PerAccount; i++)
        {
            await Replica(i).SignInAsync(email, Wrong, CallsFrom.NewNetwork());
        }

        await IsRefusedAsync(await Replica(0).SignInAsync(email, Wrong, CallsFrom.NewNetwork()), TimeSpan.FromMinutes(5));
        await Sql.RunAsync(_api.Database.AdminConnectionString, "update platform.attempt_windows set ends_at = now()");
        Assert.Equal(HttpStatusCode.Unauthorized, (await Replica(1).SignInAsync(email, Wrong, CallsFrom.NewNetwork())).StatusCode);
    }

    [Fact]
    [Wall("A8")]
    public async Task Twenty_registrations_a_minute_are_let_through_from_a_network()
    {
        var network = CallsFrom.NewNetwork();

        for (var i = 0; i < Registrations; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await Replica(i).RegisterAsync(People.NewAddress(), network)).StatusCode);
        }

        await IsRefusedAsync(await Replica(0).RegisterAsync(People.NewAddress(), network), TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Accepted, (await Replica(0).RegisterAsync(People.NewAddress(), CallsFrom.NewNetwork())).StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Wall("A8")]
    public async Task Five_mails_an_hour_go_to_an_address_with_or_without_an_account(bool isKnown)
    {
        var email = isKnown ? (await Replica(0).NewPersonAsync(_api.Database)).Email : People.NewAddress();

        for (var i = 0; i < Mails; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await Replica(i).RegisterAsync(email, CallsFrom.NewNetwork())).StatusCode);

            // One that still waits would be replaced by the next.
            await _api.MailAsync(email, i + 1);
        }

        await IsRefusedAsync(await Replica(1).RegisterAsync(email, CallsFrom.NewNetwork()), TimeSpan.FromHours(1));
        Assert.Equal(Mails, _api.MailCount(email));
    }

    [Fact]
    [Wall("A10")]
    public async Task Of_forty_wrong_passwords_at_once_five_are_verified()
    {
        for (var round = 0; round < 3; round++)
        {
            var (email, _) = await Replica(0).NewPersonAsync(_api.Database);
            var before = _hasher.Verified;

            var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Replica(i).SignInAsync(email, Wrong, CallsFrom.NewNetwork())));

            Assert.Equal(PerAccount, _hasher.Verified - before);
            Assert.Equal(PerAccount, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
            Assert.Equal(40 - PerAccount, answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
        }
    }

    private static async Task IsRefusedAsync(HttpResponseMessage answer, TimeSpan window)
    {
        await Problem.IsAsync(answer, HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), window);
    }

    private ApiHost Replica(int number) => _replicas[number % _replicas.Length];
}
