using System.Text.Json;
using HardenedService.Platform.Data;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Outbox;

/// <summary>Gives a task its scope and its transaction.</summary>
internal sealed class OutboxTaskHandler<TPayload, TTask>(string kind, IServiceScopeFactory scopes) : IOutboxHandler
    where TTask : class, IOutboxTask<TPayload>
{
    public string Kind => kind;

    public async Task DeliverAsync(Guid id, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        await using var transaction = await scope.ServiceProvider.GetRequiredService<UnitOfWork>().BeginAsync(cancel);
        await scope.ServiceProvider.GetRequiredService<TTask>().RunAsync(JsonSerializer.Deserialize<TPayload>(payload.Span)!, cancel);
        await transaction.CommitAsync();
    }
}
