using System.Security.Cryptography;
using System.Xml;
using System.Xml.Linq;

namespace HardenedService.Operations.Readiness;

/// <summary>The versions of packages that the solution names.</summary>
internal static class PackagePins
{
    /// <summary>Where they stand, the later file over the earlier one, from the solution's folder. The second one may be missing.</summary>
    private static readonly string[] Files = ["Directory.Packages.props", "compat/versions.props"];

    /// <summary>Versions by package.</summary>
    /// <exception cref="InconclusiveException">A file is no XML.</exception>
    public static Dictionary<string, string> Read(string solution)
    {
        Dictionary<string, string> pins = new(StringComparer.OrdinalIgnoreCase);

        try
        {
            foreach (var item in Existing(solution).SelectMany(file => XElement.Load(file).Descendants("PackageVersion")))
            {
                if (((string?)item.Attribute("Include") ?? (string?)item.Attribute("Update")) is { } package && (string?)item.Attribute("Version") is { } version)
                {
                    pins[package] = version;
                }
            }
        }
        catch (XmlException exception)
        {
            throw new InconclusiveException($"{Files[0]} cannot be read: {exception.Message}");
        }

        return pins;
    }

    /// <summary>What stands for the first file: other versions, another hash.</summary>
    public static string Hash(string solution) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(solution, Files[0]))));

    private static IEnumerable<string> Existing(string solution) => Files.Select(file => Path.Combine(solution, file)).Where(File.Exists);
}
