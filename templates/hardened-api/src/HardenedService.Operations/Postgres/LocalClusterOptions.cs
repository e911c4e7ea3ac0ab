namespace HardenedService.Operations.Postgres;

/// <summary>How a private cluster runs.</summary>
internal sealed record LocalClusterOptions
{
    /// <summary>Where the cluster lives, with its password and its log; made if it is missing, kept when the cluster stops.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The PostgreSQL to run; by default the one that <see cref="PostgresBinaries.Find"/> finds.</summary>
    public PostgresBinaries? Binaries { get; init; }

    /// <summary>False gives up survival of a power failure for speed: for data that a test throws away.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>True drops what the directory holds and starts empty.</summary>
    public bool Reset { get; init; }

    /// <summary>The port on 127.0.0.1; by default a free one.</summary>
    public int? Port { get; init; }

    /// <summary>Server settings that come on top of ours, and win over them.</summary>
    public IReadOnlyDictionary<string, string>? Settings { get; init; }

    /// <summary>Is told what a person should know, one line at a time.</summary>
    public Action<string>? Notice { get; init; }
}
