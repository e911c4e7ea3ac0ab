using HardenedService.Platform.Hosting;
using HardenedService.Platform.Tenancy;
using Npgsql;

namespace HardenedService.Api.Documents.Files;

/// <summary>The bytes of a file, one chunk at a time.</summary>
internal sealed class ChunkStream(OrganizationWork organization, Guid organizationId, Guid fileId) : ReadOnlyStream
{
    private int _next;
    private ReadOnlyMemory<byte> _rest;
    private bool _isLast;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.IsEmpty && !_isLast)
        {
            _rest = await ReadChunkAsync(cancellationToken);
        }

        var length = Math.Min(buffer.Length, _rest.Length);
        _rest[..length].CopyTo(buffer);
        _rest = _rest[length..];

        return length;
    }

    // Of each chunk it is told whether it is the last: of a file that was deleted meanwhile, an end must not look like the end.
    private async Task<byte[]> ReadChunkAsync(CancellationToken cancel)
    {
        (var bytes, _isLast) = await organization.RunAsync(organizationId, services => ReadAsync(services.GetRequiredService<NpgsqlConnection>(), _next++, cancel), cancel);

        return bytes;
    }

    private async Task<(byte[] Bytes, bool IsLast)> ReadAsync(NpgsqlConnection connection, int number, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select
              bytes,
              not exists (select from documents.chunks where file_id = $1 and number = $2 + 1)
            from documents.chunks
            where file_id = $1
              and number = $2
            """,
            connection);
        command.Parameters.Add(new() { Value = fileId });
        command.Parameters.Add(new() { Value = number });
        await using var row = await command.ExecuteReaderAsync(cancel);

        return await row.ReadAsync(cancel)
            ? (row.GetFieldValue<byte[]>(0), row.GetBoolean(1))
            : throw new IOException("The file was deleted while it was read.");
    }
}
