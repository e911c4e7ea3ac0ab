using HardenedService.Tests.Contract;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Telemetry;

/// <summary>
/// The service as a process of its own, told to log all that it can, with every channel of telemetry connected; it is called at every endpoint,
/// well and badly, and ended. What is left is what it told.
/// </summary>
public sealed class TelemetryRun(PostgresServer postgres) : IAsyncLifetime
{
    private const int Seed = 20_260_103;

    private readonly ApiFixture _api = new(postgres);

    internal Canaries Canaries { get; } = new();

    internal OtlpReceiver Receiver { get; private set; } = null!;

    /// <summary>Every line of standard output and standard error.</summary>
    public IReadOnlyList<string> Lines { get; private set; } = [];

    /// <summary>The audit trail, a row a line.</summary>
    public string Audit { get; private set; } = "";

    /// <summary>Operations that were called, and those among them that succeeded at least once.</summary>
    internal HashSet<string> Called { get; } = [];

    internal HashSet<string> Succeeded { get; } = [];

    /// <summary>The routes that there are, each with its method.</summary>
    internal IReadOnlyList<string> Routes { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        await _api.InitializeAsync();
        Receiver = await OtlpReceiver.StartAsync();
        var seeds = await ContractSeed.PlantAsync(_api);
        var document = new ContractDocument(await (await _api.Api.Management.GetAsync("/openapi/v1.json")).JsonAsync());
        Routes =
        [
            .. from endpoint in _api.Api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
               from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
               select $"{method} {endpoint.RoutePattern.RawText}",
        ];

        using var program = ApiProgram.StartOn(_api.Database, [.. Settings()]);
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new((await program.AddressesAsync())[0]) };
        await CallAsync(client, document, seeds);
        await program.TerminateAsync();
        Assert.Equal(0, await program.ExitAsync());

        Lines = [.. $"{program.Output}\n{program.Error}".Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        Audit = await _api.ScalarAsync<string>(
            """
            select string_agg(told, E'\n')
            from (
              select records::text as told from audit.records
              union all
              select details::text from audit.details
            ) as rows
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await (Receiver?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private IEnumerable<(string Key, string Value)> Settings()
    {
        var database = new NpgsqlConnectionStringBuilder(_api.Database.AppConnectionString);
        Canaries.Add(database.Password!);
        string[] categories =
            ["Default", "Microsoft", "Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "Npgsql", "System", "System.Net.Http", "HardenedService.Platform.Security"];

        return
        [
            .. Receiver.Settings.Select(setting => (setting.Key, setting.Value)),
            .. categories.Select(category => ($"Logging:LogLevel:{category}", "Trace")),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "1"),
            ("OTEL_EXPORTER_OTLP_HEADERS", $"x-api-key={Canary()}"),
            ("Seq:Url", Receiver.Address.ToString()),
            ("Seq:ApiKey", Canary()),
            ("Mail:Port", $"{_api.SmtpPort}"),
            ("BreachedPasswords:Url", $"{Receiver.Address}range/{Canary()}"),
        ];

        string Canary()
        {
            var canary = $"canary{Guid.NewGuid():N}";
            Canaries.Add(canary);

            return canary;
        }
    }

    private async Task CallAsync(HttpClient client, ContractDocument document, IReadOnlyList<ContractSeed> seeds)
    {
        var (requests, contract) = (new CanaryRequests(Canaries), new ContractRequests(document.Schemas, new SampleValues(document.Schemas, Seed)));

        foreach (var operation in document.Operations)
        {
            // One is a member of an organization, and the other has a password.
            var (owner, person) = (await _api.NewOwnerAsync(), await _api.Api.NewPersonAsync(_api.Database));
            Canaries.Add(person.Email);
            var plain = contract.Plain(operation);
            Called.Add(operation.Id);

            foreach (var bad in requests.Bad(plain, owner.Token))
            {
                using var refused = await client.SendAsync(bad);
            }

            var planted = await Task.WhenAll(seeds.Where(seed => seed.OperationId == operation.Id).Select(seed => seed.GrownAsync()));

            foreach (var good in planted.Select(seed => ContractRequests.Planted(plain, seed)).Append(plain))
            {
                foreach (var bearer in new[] { person.Token, owner.Token })
                {
                    using var answer = await client.SendAsync(requests.Good(good, bearer));
                    await LearnAsync(operation, answer);
                }
            }
        }
    }

    private async Task LearnAsync(Operation operation, HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true)
        {
            Canaries.AddSecrets(await answer.Content.ReadAsStringAsync());
        }

        if (answer.IsSuccessStatusCode)
        {
            Succeeded.Add(operation.Id);
        }
    }
}
