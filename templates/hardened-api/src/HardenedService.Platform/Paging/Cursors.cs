using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Platform.Paging;

/// <summary>
/// Writes and reads cursors: where a page of a list ended, encrypted and authenticated by the key ring, bound to the list and to whom it
/// was shown, in base64url. Every replica reads them; nobody else can make, change or look into one, or use it elsewhere.
/// </summary>
/// <param name="protection">Holds the keys.</param>
public sealed class Cursors(IDataProtectionProvider protection)
{
    private const string Purpose = "cursor";

    /// <summary>The answer to a cursor that <see cref="TryRead"/> refused: 400 <c>validation_failed</c>.</summary>
    /// <returns>The result to return from a handler.</returns>
    public static ProblemHttpResult Refusal() => Problems.Invalid("cursor", "This is not a cursor of this list.");

    /// <summary>Writes a cursor.</summary>
    /// <typeparam name="TPosition">A record of the values that the list is ordered by.</typeparam>
    /// <param name="position">Where the page ended.</param>
    /// <param name="scope">What the cursor belongs to: the list, its filters, the organization, the person.</param>
    /// <returns>The cursor, in characters that need no escaping in a URL.</returns>
    public string Write<TPosition>(TPosition position, params ReadOnlySpan<string> scope)
        where TPosition : class =>
        Base64Url.EncodeToString(Protector(scope).Protect(JsonSerializer.SerializeToUtf8Bytes(position)));

    /// <summary>Reads a cursor.</summary>
    /// <typeparam name="TPosition">The record that was written.</typeparam>
    /// <param name="cursor">What the client sent; null asks for the first page.</param>
    /// <param name="position">Where the page before ended; null for the first page.</param>
    /// <param name="scope">What the cursor belongs to, as it was written.</param>
    /// <returns>False if it was forged, changed, or written for something else.</returns>
    /// <exception cref="CryptographicException">The key ring is out of reach.</exception>
    public bool TryRead<TPosition>(string? cursor, [MaybeNull] out TPosition position, params ReadOnlySpan<string> scope)
        where TPosition : class
    {
        position = null;

        if (cursor is null)
        {
            return true;
        }

        if (!Base64Url.IsValid(cursor) || Protector(scope).TryUnprotect(Base64Url.DecodeFromChars(cursor)) is not { } written)
        {
            return false;
        }

        try
        {
            position = JsonSerializer.Deserialize<TPosition>(written);

            return position is not null;
        }
        catch (JsonException)
        {
            // Of another release, which ordered the list by something else.
            return false;
        }
    }

    private IDataProtector Protector(ReadOnlySpan<string> scope) => protection.CreateProtector([Purpose, .. scope]);
}
