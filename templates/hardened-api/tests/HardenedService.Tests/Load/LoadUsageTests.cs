using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Security;
using Npgsql;

namespace HardenedService.Tests.Load;

/// <summary>What <c>load</c> refuses to do.</summary>
public sealed class LoadUsageTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Theory]
    [InlineData("load --url https://service.example", "Say --yes if that is meant")]
    [InlineData("load --url service.example", "--url is an address such as")]
    [InlineData("load --url ftp://127.0.0.1", "--url is an address such as")]
    [InlineData("load --url http://user:word@127.0.0.1", "--url is an address such as")]
    [InlineData("load --url http://127.0.0.1/orders", "--url is an address such as")]
    [InlineData("load --url http://127.0.0.1/?a=b", "--url is an address such as")]
    [InlineData("load --url http://127.0.0.1/#a", "--url is an address such as")]
    [InlineData("load --users 5 --growth 1,2", "--users is one number of people")]
    [InlineData("load --rate 5 --think 1s", "--rate and --think both say")]
    [InlineData("load --url http://127.0.0.1:1 --html /nowhere/at/all/load.html", "/nowhere/at/all/load.html cannot be written: ")]
    [InlineData("load --url http://127.0.0.1:1 --json /nowhere/at/all/load.json", "/nowhere/at/all/load.json cannot be written: ")]
    [InlineData("load --url http://127.0.0.1:1 --json load.x --html load.x", "--json and --html name the same file.")]
    [InlineData("load --duration 999ms", "--duration is a time such as")]
    [InlineData("load --mix browse=9,write", "--mix: say how often for each of them, or for none.")]
    [InlineData("load --mix browse=Infinity,write=1", "that is a number above 0")]
    [InlineData("load --rate 0", "--rate is a number from 0.001 to 1000000.")]
    [InlineData("load --rate 5 --growth 1,2", "name one of them")]
    [InlineData("load --users 0", "--users is a number from 1 to 100000.")]
    [InlineData("load --duration 60", "--duration is a time such as 500ms, 60s or 2m.")]
    [InlineData("load --mix browse,dance", "there is no 'dance'")]
    [InlineData("load --mix browse=0", "that is a number above 0")]
    [InlineData("load --mix browse,browse", "stands there twice")]
    [InlineData("load --slo fast", "'fast' is no objective")]
    [InlineData("load --growth 1,x", "--growth is a list of numbers")]
    public async Task A_wrong_call_is_2_and_says_what_is_wrong(string call, string message)
    {
        var answer = await CallAsync(call);

        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(message, answer.Error);
    }

    [Fact]
    public async Task Where_people_have_accounts_it_asks_and_does_nothing_until_it_is_told_that_it_is_meant()
    {
        while (await api.ScalarAsync<long>("select count(*) from identity.accounts where email_confirmed") <= 5)
        {
            await api.NewPersonAsync();
        }

        var (exitCode, _, error) = await CallAsync($"load --url {api.Client.BaseAddress} --users 1 --duration 1s");
        Assert.Equal(2, exitCode);
        Assert.Contains($"6 people have an account in the database {new NpgsqlConnectionStringBuilder(api.Database.OperatorConnectionString).Database} at ", error);
        Assert.Equal(0, await api.ScalarAsync<long>("select count(*) from identity.accounts where email like '%@load-test.invalid'"));

        var meant = await CallAsync($"load --url {api.Client.BaseAddress} --users 3 --duration 1s --rate 200 --mix browse --slo p99=1m,errors=50% --yes");
        Assert.True(meant.ExitCode == 0, $"{meant.Output}\n{meant.Error}");
    }

    private Task<(int ExitCode, string Output, string Error)> CallAsync(string call) => UsersCommandTests.CallAsync(api, call);
}
