using HardenedService.Platform.Idempotency;

namespace HardenedService.Api.Documents;

/// <summary>What a client uploads, once it was received: see <see cref="UploadExtensions.ReceivesUpload"/>. A handler takes it as a parameter.</summary>
public sealed class DocumentUpload : IIdempotentPayload
{
    /// <summary>What people call it.</summary>
    public string Title { get; internal set; } = "";

    /// <summary>What its file is saved as.</summary>
    public string FileName { get; internal set; } = "";

    /// <summary>What it is by its bytes.</summary>
    public string ContentType { get; internal set; } = "";

    /// <summary>In bytes.</summary>
    public long Size { get; internal set; }

    /// <summary>The hash of its bytes.</summary>
    public byte[] Sha256 { get; internal set; } = [];

    /// <summary>Where the bytes are. They belong to nothing yet.</summary>
    public Guid FileId { get; internal set; }

    /// <inheritdoc/>
    public object Identity => new { Title, FileName, ContentType, Sha256 };

    /// <summary>Binds the parameter of a handler: empty, until the upload is received.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The upload.</returns>
    public static ValueTask<DocumentUpload?> BindAsync(HttpContext context) => ValueTask.FromResult<DocumentUpload?>(new());
}
