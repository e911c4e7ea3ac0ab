using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace HardenedService.Platform.Idempotency;

/// <summary>
/// Tells one payload from another. It is taken from what was parsed: white space, the order of members and the boundary of a form do
/// not count.
/// </summary>
internal static class Fingerprint
{
    /// <param name="request">The request, with its key.</param>
    /// <param name="body">The payload that the handler takes, or null.</param>
    /// <param name="isForm">Whether the handler takes a form, which is read by now.</param>
    /// <param name="json">How bodies are bound.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>An HMAC-SHA-256 by the key, which is not stored: a short secret in a payload cannot be guessed from it.</returns>
    public static async Task<byte[]> OfAsync(HttpRequest request, object? body, bool isForm, JsonSerializerOptions json, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.ASCII.GetBytes(request.Headers[IdempotencyKey.Header].ToString()));

        foreach (var (name, values) in request.Query.OrderBy(parameter => parameter.Key, StringComparer.Ordinal))
        {
            hash.AppendField(name, values);
        }

        hash.AppendPart("body");
        hash.AppendPart(Sorted(JsonSerializer.SerializeToNode(body is IIdempotentPayload payload ? payload.Identity : body, json))?.ToJsonString());

        if (isForm)
        {
            await AppendFormAsync(hash, await request.ReadFormAsync(cancel), cancel);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>A part with its length before it: no two lists of parts look alike.</summary>
    public static void AppendPart(this IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }

    public static void AppendPart(this IncrementalHash hash, string? part) => hash.AppendPart(Encoding.UTF8.GetBytes(part ?? ""));

    private static void AppendField(this IncrementalHash hash, string name, StringValues values)
    {
        hash.AppendPart(name);
        hash.AppendPart(BitConverter.GetBytes(values.Count));

        foreach (var value in values)
        {
            hash.AppendPart(value);
        }
    }

    private static async Task AppendFormAsync(IncrementalHash hash, IFormCollection form, CancellationToken cancel)
    {
        foreach (var (name, values) in form.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            hash.AppendField(name, values);
        }

        hash.AppendPart("files");

        foreach (var file in form.Files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            hash.AppendField(file.Name, new([file.FileName, file.ContentType]));
            await using var content = file.OpenReadStream();
            hash.AppendPart(await SHA256.HashDataAsync(content, cancel));
        }
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members
            .OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
