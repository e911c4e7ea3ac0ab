using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Contract;

/// <summary>What a run found.</summary>
/// <param name="Requests">How many requests it sent.</param>
/// <param name="Violations">What the document does not tell of the answers.</param>
/// <param name="NeverSucceeded">Operations that gave no 2xx to any request.</param>
internal sealed record ContractReport(int Requests, IReadOnlyList<string> Violations, IReadOnlyList<string> NeverSucceeded);

/// <summary>Sends every operation of the document what it allows, what stands at its edges, and what it does not allow; compares the answers with it.</summary>
internal sealed class ContractRun(ApiFixture api, ApiHost host, ContractDocument document)
{
    private const int Seed = 20_260_101;
    private const string DeleteAccount = "deleteAccount";

    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "NONSENSE"];

    private readonly AnswerCheck _check = new(document.Schemas);
    private readonly ContractRequests _requests = new(document.Schemas, new SampleValues(document.Schemas, Seed));
    private string? _email;
    private string? _bearer;
    private string? _cookie;

    public static async Task<ContractRun> OfAsync(ApiFixture api, ApiHost host) =>
        new(api, host, new ContractDocument(await (await host.Management.GetAsync("/openapi/v1.json")).JsonAsync()));

    public async Task<ContractReport> RunAsync(IReadOnlyList<ContractSeed> seeds, Func<Operation, bool>? only = null)
    {
        var violations = new List<string>();
        var succeeded = new HashSet<string>();
        var operations = document.Operations.Where(only ?? (_ => true)).ToList();
        var sent = 0;

        foreach (var operation in operations)
        {
            var planted = await Task.WhenAll(seeds.Where(seed => seed.OperationId == operation.Id).Select(seed => seed.GrownAsync()));

            foreach (var request in _requests.To(operation, planted))
            {
                using var answer = await SendAsync(request);
                violations.AddRange(await _check.ViolationsAsync(request, answer));
                sent++;

                if (answer.IsSuccessStatusCode)
                {
                    succeeded.Add(operation.Id);
                }
            }
        }

        foreach (var path in operations.GroupBy(operation => operation.Path))
        {
            violations.AddRange(await OtherMethodsAsync([.. path]));
        }

        return new ContractReport(sent, violations, [.. operations.Select(operation => operation.Id).Where(id => !succeeded.Contains(id))]);
    }

    private async Task<HttpResponseMessage> SendAsync(ContractRequest request)
    {
        await SignInAsync();
        using var message = request.WithKeyOfItsOwn().ToMessage(_bearer!, _cookie!);
        var answer = await host.Public.SendAsync(message);

        if (request.Operation.Method != HttpMethod.Get && request.Operation.NeedsSession && answer.IsSuccessStatusCode)
        {
            // It may have ended the session, or changed what the session may do.
            _bearer = _cookie = null;
            _email = request.Operation.Id == DeleteAccount ? null : _email;
        }

        return answer;
    }

    // A person and two sessions, new whenever a request may have spent the old ones, or was the end of that person.
    private async Task SignInAsync()
    {
        if (_bearer is not null)
        {
            return;
        }

        _email ??= await api.NewPersonAsync();
        _bearer = await api.NewSessionAsync(_email);
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/sessions")
        {
            Content = JsonContent.Create(new { email = _email, password = People.Password, transport = "cookie" }),
        };
        message.Headers.Add("Sec-Fetch-Site", "same-origin");
        using var answer = await api.Client.SendAsync(message);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        _cookie = answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    private async Task<IEnumerable<string>> OtherMethodsAsync(IReadOnlyList<Operation> path)
    {
        var violations = new List<string>();
        await SignInAsync();

        foreach (var method in Methods.Except(path.Select(operation => operation.Method.Method)))
        {
            using var message = new HttpRequestMessage(HttpMethod.Parse(method), path[0].Path);
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _bearer);
            using var answer = await host.Public.SendAsync(message);

            if (answer.StatusCode is not (HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotFound))
            {
                violations.Add($"{method} {path[0].Path} is not documented, but answers {(int)answer.StatusCode}: an undocumented call, or the document lacks it.");
            }
        }

        return violations;
    }
}
