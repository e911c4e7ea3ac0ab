using HardenedService.Platform.Tenancy;

namespace HardenedService.Api.Documents;

/// <summary>What is known of a document's bytes.</summary>
public enum DocumentStatus
{
    /// <summary>The virus scanner has not seen it yet.</summary>
    Scanning,

    /// <summary>The virus scanner found nothing.</summary>
    Clean,

    /// <summary>The virus scanner found something: the bytes were deleted.</summary>
    Infected,

    /// <summary>The virus scanner could not tell.</summary>
    Unscannable,
}

/// <summary>What people call a document.</summary>
internal static class DocumentTitle
{
    /// <summary>In code points.</summary>
    public const int MaxLength = 200;
}

/// <summary>A document as the database has it.</summary>
internal sealed class Document : ITenantOwned
{
    public required Guid Id { get; init; }

    public Guid OrganizationId { get; init; }

    public required string Title { get; init; }

    public required string FileName { get; init; }

    public required string ContentType { get; init; }

    /// <summary>In bytes.</summary>
    public required long Size { get; init; }

    public required byte[] Sha256 { get; init; }

    public DocumentStatus Status { get; init; }

    /// <summary>Where the bytes are; null once they were deleted.</summary>
    public Guid? FileId { get; init; }

    /// <summary>Who brought it; null once they have left.</summary>
    public Guid? CreatedBy { get; init; }

    public DateTime CreatedAt { get; init; }

    public DateTime? ScannedAt { get; init; }

    public long Version { get; init; }
}

/// <summary>A document.</summary>
/// <param name="Id">The document.</param>
/// <param name="Title">What people call it.</param>
/// <param name="FileName">What its file is saved as: the name that it came with, made harmless.</param>
/// <param name="ContentType">What it is by its bytes: <c>application/pdf</c>, <c>image/png</c>, <c>image/jpeg</c> or <c>text/plain</c>.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in lower-case hexadecimal.</param>
/// <param name="Status">What the virus scanner says. The bytes can be had once it is <c>clean</c>.</param>
/// <param name="CreatedAt">When it was uploaded.</param>
/// <param name="Version">The version, which the ETag names too.</param>
public sealed record DocumentItem(
    Guid Id,
    string Title,
    string FileName,
    string ContentType,
    long Size,
    string Sha256,
    DocumentStatus Status,
    DateTime CreatedAt,
    long Version)
{
    internal static DocumentItem Of(Document document) => new(
        document.Id,
        document.Title,
        document.FileName,
        document.ContentType,
        document.Size,
        Convert.ToHexStringLower(document.Sha256),
        document.Status,
        document.CreatedAt,
        document.Version);
}
