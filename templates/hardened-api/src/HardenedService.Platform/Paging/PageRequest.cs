using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Paging;

/// <summary>Which page of a list is asked for. A handler takes it as <c>[AsParameters] PageRequest page</c>.</summary>
/// <param name="Limit">The most items to return, 1 to 100. Default: 50.</param>
/// <param name="Cursor">The <c>nextCursor</c> of the page before, to be read by <see cref="Cursors"/>. Default: null, for the first page.</param>
public sealed record PageRequest(
    [property: Range(1, 100)] int Limit = 50,
    [property: MaxLength(1024)] string? Cursor = null);
