using System.Globalization;
using System.Text;
using System.Xml.Linq;
using HardenedService.Platform.Auditing;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Auditing;

public sealed class AuditCatalogueTests
{
    private const string Heading = "## Actions\n";

    [Fact]
    public async Task The_documented_actions_are_those_of_the_code() => await GeneratedDocument.IsUpToDateAsync(
        "audit.md", "AuditActions.cs", documented => documented[..(documented.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length)] + Table());

    private static string Table()
    {
        var docs = XDocument.Load(Path.ChangeExtension(typeof(AuditActions).Assembly.Location, ".xml"));
        var table = new StringBuilder("\n| action | of | a record says | its subject |\n| --- | --- | --- | --- |\n");

        foreach (var action in AuditActions.All)
        {
            var member = docs.Descendants("member").Single(member => Names(member, action));
            table.Append(
                CultureInfo.InvariantCulture,
                $"| `{action.Name}` | {(action.IsOfOrganization ? "organization" : "account")} | {Said(member, "summary")} | {Said(member, "remarks")} |\n");
        }

        return table.ToString();
    }

    private static bool Names(XElement member, AuditAction action) =>
        typeof(AuditActions).GetFields().Any(field =>
            (string?)member.Attribute("name") == $"F:{field.DeclaringType!.FullName}.{field.Name}" && action.Equals(field.GetValue(null)));

    private static string Said(XElement member, string tag) =>
        string.Join(' ', member.Element(tag)!.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
