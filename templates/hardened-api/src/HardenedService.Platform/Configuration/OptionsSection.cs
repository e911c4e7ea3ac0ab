namespace HardenedService.Platform.Configuration;

/// <summary>A section of the configuration and the record that documents it.</summary>
/// <param name="Options">The record.</param>
/// <param name="Name">The section's name; empty for keys at the root.</param>
/// <param name="Shared">Others read the section too, so that a key unknown to the record is no fault.</param>
internal sealed record OptionsSection(Type Options, string Name, bool Shared);
