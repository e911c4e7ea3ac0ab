using System.Buffers;
using HardenedService.Platform.Tenancy;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Api.Documents.Files;

/// <summary>
/// Files as rows of chunks in the database, which is all that replicas share: files and what refers to them are backed up and restored as
/// one. Each chunk is read and written in a short transaction of its own, so that nobody's slow line keeps a connection, and memory does
/// not depend on the size of a file.
/// </summary>
internal sealed class PostgresFileStore(OrganizationWork organization, NpgsqlConnection connection, IOptions<DocumentOptions> options) : IFileStore
{
    internal const int ChunkSize = 256 * 1024;

    public async Task SaveAsync(Guid organizationId, Guid id, Stream content, CancellationToken cancel)
    {
        await RunAsync(organizationId, "insert into documents.files (id) values ($1)", cancel, id);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);

        try
        {
            for (var number = 0; await content.ReadAtLeastAsync(buffer.AsMemory(0, ChunkSize), ChunkSize, throwOnEndOfStream: false, cancel) is > 0 and var length; number++)
            {
                await RunAsync(
                    organizationId,
                    "insert into documents.chunks (file_id, number, bytes) values ($1, $2, $3)",
                    cancel,
                    id,
                    number,
                    buffer.AsMemory(0, length));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public Task KeepAsync(Guid id, CancellationToken cancel) =>
        ExecuteAsync(connection, "update documents.files set expires_at = null where id = $1", id, cancel);

    public Task DeleteAsync(Guid id, CancellationToken cancel) => ExecuteAsync(connection, "delete from documents.files where id = $1", id, cancel);

    // Not cancellable: whoever gives up their upload shall leave nothing behind.
    public Task DiscardAsync(Guid organizationId, Guid id) =>
        RunAsync(organizationId, "delete from documents.files where id = $1 and expires_at is not null", CancellationToken.None, id);

    public Stream OpenRead(Guid organizationId, Guid id) => new ChunkStream(organization, organizationId, id);

    // Beside the request's unit of work, which has no transaction yet.
    private async Task RunAsync(Guid organizationId, string sql, CancellationToken cancel, params object[] values)
    {
        var statement = new NpgsqlBatchCommand(sql);
        Array.ForEach(values, value => statement.Parameters.Add(new() { Value = value }));
        await organization.ExecuteAsync(organizationId, statement, options.Value.ChunkTimeout, cancel);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, Guid id, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = id } } };
        await command.ExecuteNonQueryAsync(cancel);
    }
}
