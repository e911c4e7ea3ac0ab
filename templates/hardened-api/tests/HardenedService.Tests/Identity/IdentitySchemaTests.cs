using HardenedService.Api.Identity;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Identity;

public sealed class IdentitySchemaTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task The_model_agrees_with_the_schema()
    {
        await using var scope = api.Api.Services.CreateAsyncScope();
        await using var connection = new NpgsqlConnection(api.Database.AdminConnectionString);

        await SchemaAgreement.AssertAgreesAsync(scope.ServiceProvider.GetRequiredService<IdentityDb>(), connection);
    }
}
