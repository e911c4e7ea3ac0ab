using System.Globalization;
using System.Text;
using System.Text.Json;

namespace HardenedService.Tests.Contract;

/// <summary>Writes what was made as JSON as a form (RFC 7578).</summary>
internal static class ContractForm
{
    public const string MediaType = "multipart/form-data";

    public const string ContentType = $"{MediaType}; boundary={Boundary}";

    private const string Boundary = "the-contract";

    /// <summary>A part for each member, as often as it stands there; what is no object stays as it is, and is no form.</summary>
    public static string Of(string json)
    {
        var form = new StringBuilder();

        try
        {
            foreach (var member in JsonElement.Parse(json).EnumerateObject())
            {
                form.Append(
                    CultureInfo.InvariantCulture,
                    $"--{Boundary}\r\nContent-Disposition: form-data; name=\"{member.Name}\"; filename=\"{member.Name}\"\r\n\r\n{member.Value}\r\n");
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return json;
        }

        return form.Append(CultureInfo.InvariantCulture, $"--{Boundary}--\r\n").ToString();
    }
}
