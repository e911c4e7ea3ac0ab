using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Paging;

/// <summary>Which page of a list is asked for. A handler takes it as <c>[AsParameters] PageRequest page</c>.</summary>
public sealed record PageRequest
{
    private const int DefaultLimit = 50;

    /// <summary>The most items to return, 1 to 100. Default: 50.</summary>
    [Range(1, 100), DefaultValue(DefaultLimit)]
    public int? Limit { get; init; }

    /// <summary>The <c>nextCursor</c> of the page before, to be read by <see cref="Cursors"/>. Default: null, for the first page.</summary>
    [MaxLength(1024)]
    public string? Cursor { get; init; }

    /// <summary>The most items to return, by default too.</summary>
    public int Size => Limit ?? DefaultLimit;
}
