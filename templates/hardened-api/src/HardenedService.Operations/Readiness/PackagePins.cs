using System.Security.Cryptography;
using System.Xml;
using System.Xml.Linq;

namespace HardenedService.Operations.Readiness;

/// <summary>The versions of packages that the solution names.</summary>
internal static class PackagePins
{
    private const string Main = "Directory.Packages.props";

    /// <summary>Versions by package.</summary>
    /// <exception cref="InconclusiveException">A file is no XML.</exception>
    public static Dictionary<string, string> Read(string solution)
    {
        Dictionary<string, string> pins = new(StringComparer.OrdinalIgnoreCase);

        try
        {
            foreach (var item in Files(solution).SelectMany(file => XElement.Load(file).Descendants("PackageVersion")))
            {
                if (((string?)item.Attribute("Include") ?? (string?)item.Attribute("Update")) is { } package && (string?)item.Attribute("Version") is { } version)
                {
                    pins[package] = version;
                }
            }
        }
        catch (XmlException exception)
        {
            throw new InconclusiveException($"{Main} cannot be read: {exception.Message}");
        }

        return pins;
    }

    /// <summary>What stands for all of them, as the step `packages` of CI makes it: other versions, another hash.</summary>
    public static string Hash(string solution) => Convert.ToHexStringLower(SHA256.HashData([.. Files(solution).SelectMany(File.ReadAllBytes)]));

    // Props of a folder may lower what stands in the solution's own.
    private static IEnumerable<string> Files(string solution) =>
        [Path.Combine(solution, Main), .. Directory.EnumerateDirectories(solution).SelectMany(folder => Directory.EnumerateFiles(folder, "*.props")).Order(StringComparer.Ordinal)];
}
