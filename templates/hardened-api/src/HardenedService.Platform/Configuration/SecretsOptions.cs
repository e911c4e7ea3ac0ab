using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Configuration;

/// <summary>Where secrets lie as files. Section <c>Secrets</c>, read from the environment or the command line.</summary>
public sealed record SecretsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Secrets";

    internal const string DefaultDirectory = "/run/secrets";

    /// <summary>
    /// A directory with a file for each secret, named after the setting with <c>__</c> for <c>:</c>, such as <c>Mail__Password</c>. The
    /// default need not exist, another one must. Default: <c>/run/secrets</c>.
    /// </summary>
    [Required]
    public string Directory { get; init; } = DefaultDirectory;
}
