namespace HardenedService.Platform.Configuration;

/// <summary>One thing that is wrong with one setting.</summary>
/// <param name="Key">The setting, such as <c>Mail:Port</c>.</param>
/// <param name="Message">What is wrong and what is expected. It never repeats the value, which may be a secret.</param>
public sealed record SettingFault(string Key, string Message)
{
    /// <summary>As a person reads it.</summary>
    public override string ToString() => $"{Key}: {Message}";
}
