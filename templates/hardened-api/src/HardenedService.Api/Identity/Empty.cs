namespace HardenedService.Api.Identity;

/// <summary>The body <c>{}</c>: an answer that says nothing, on purpose.</summary>
public sealed record Empty;
