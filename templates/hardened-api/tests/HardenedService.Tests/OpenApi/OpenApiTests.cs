using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.OpenApi;

public sealed class OpenApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Raw() =>
        await File.WriteAllTextAsync("/tmp/openapi-raw.json", await api.Api.Management.GetStringAsync("/openapi/v1.json"));
}
