namespace HardenedService.Platform.Configuration;

/// <summary>A name that entries of a dictionary among the options may have. A dictionary that no name is registered for takes any.</summary>
/// <param name="Section">The dictionary, such as <c>RateLimits:Policies</c>.</param>
/// <param name="Name">The name, whose case counts.</param>
internal sealed record OptionsEntry(string Section, string Name);
