using System.Reflection;

namespace FluentMigrator.Infrastructure;

/// <summary>The resources embedded in the scanned assemblies.</summary>
internal sealed class EmbeddedScripts(IEnumerable<EmbeddedScripts.Source> sources)
{
    internal sealed record Source(Assembly Assembly);

    /// <summary>Reads the one resource whose name ends in these dot-separated parts.</summary>
    /// <exception cref="InvalidOperationException">No resource has that name, or several have.</exception>
    public string Read(string name)
    {
        var parts = name.Split('.');
        var found = sources
            .Distinct()
            .SelectMany(source => source.Assembly.GetManifestResourceNames().Select(resource => (source.Assembly, Name: resource)))
            .Where(resource => resource.Name.Split('.').TakeLast(parts.Length).SequenceEqual(parts, StringComparer.OrdinalIgnoreCase))
            .ToList();

        if (found.Count != 1)
        {
            throw new InvalidOperationException(found.Count == 0
                ? $"No embedded resource ends in '{name}': embed the script, and scan its assembly with For.EmbeddedResources()."
                : $"Several embedded resources end in '{name}' ({string.Join(", ", found.Select(resource => resource.Name))}): name more of the one you mean.");
        }

        using var reader = new StreamReader(found[0].Assembly.GetManifestResourceStream(found[0].Name)!);
        return reader.ReadToEnd();
    }
}
