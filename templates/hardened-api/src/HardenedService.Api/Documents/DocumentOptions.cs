using System.ComponentModel.DataAnnotations;

namespace HardenedService.Api.Documents;

/// <summary>What documents may take up. Section <c>Documents</c>.</summary>
internal sealed record DocumentOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Documents";

    /// <summary>The largest file, in bytes (413). Default: 10 MiB.</summary>
    [Range(1024, 1024 * 1024 * 1024)]
    public int MaxSize { get; init; } = 10 * 1024 * 1024;

    /// <summary>How long an upload may take to arrive (408). Default: 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan UploadTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long the database may take to store a quarter of a MiB of it, in whole seconds (503): more than <c>Database:CommandTimeout</c>,
    /// since many uploads at once keep its disk busy. Default: 30 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ChunkTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most that all documents of an organization come to, in bytes (409). Default: 1 GiB.</summary>
    [Range(0L, long.MaxValue)]
    public long Quota { get; init; } = 1024 * 1024 * 1024;
}
