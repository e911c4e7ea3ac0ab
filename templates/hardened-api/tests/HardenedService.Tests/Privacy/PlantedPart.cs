using HardenedService.Platform.Privacy;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Privacy;

/// <summary>A part that does what the test wants, after those of the platform and before the account.</summary>
internal sealed class PlantedPart
{
    public Func<PersonalExport, Task> OnExport { get; init; } = _ => Task.CompletedTask;

    public Func<NpgsqlConnection, Task> OnErase { get; init; } = _ => Task.CompletedTask;

    public string? Obstacle { get; set; }

    /// <summary>A host that has it beside its own.</summary>
    public ApiHost StartHost(ApiFixture api) => api.StartAnother(configure: host => host.ConfigureTestServices(services =>
        services.AddScoped<IPersonalData>(scope => new InScope(this, scope.GetRequiredService<NpgsqlConnection>()))));

    private sealed class InScope(PlantedPart part, NpgsqlConnection connection) : IPersonalData
    {
        public IReadOnlyList<PersonalTable> Tables => [];

        public Task ExportAsync(PersonalExport file, CancellationToken cancel) => part.OnExport(file);

        public Task<string?> HoldAsync(Guid userId, CancellationToken cancel) => Task.FromResult(part.Obstacle);

        public Task EraseAsync(Guid userId, CancellationToken cancel) => part.OnErase(connection);
    }
}
