using System.Globalization;
using System.Text;
using System.Xml.Linq;
using HardenedService.Platform.Errors;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Errors;

public sealed class ErrorCatalogueTests
{
    private const string Introduction = """
        # Errors

        Every error is `application/problem+json` (RFC 9457), whatever the client accepts:

            {
              "type": "urn:problem:hardened-service:validation_failed",
              "title": "Some values are not acceptable",
              "status": 400,
              "code": "validation_failed",
              "errors": { "email": ["This is not an e-mail address."] },
              "traceId": "4bf92f3577b34da6a3ce929d0e0e4736"
            }

        Programs compare `code`, which is stable; `title` and `detail` are for people. `traceId` leads to the log and the trace: quote it
        when you report a problem. `errors` comes with `validation_failed` alone, and names the members as the request spells them.
        A client that meets a code it does not know goes by the status.

        Each answer of 401 carries `WWW-Authenticate`, 405 `Allow`, 429 and 503 `Retry-After` in seconds.

        One exception: a request that is not HTTP, or whose request line or headers exceed what the server itself reads, is answered by
        the server below this service with a bare 400, 408, 414, 431 or 505 without a body, and the connection is closed.

        This file is made from `Problems.cs`: change that, then run the tests with `UPDATE_DOCS=1` to write it anew.

        """;

    [Fact]
    public async Task The_documented_errors_are_those_of_the_code() =>
        await GeneratedDocument.IsUpToDateAsync("errors.md", "Problems.cs", _ => Render());

    [Fact]
    public void Codes_are_unique_and_in_the_order_of_their_status()
    {
        Assert.Equal(Problems.All.Count, Problems.All.Select(problem => problem.Code).Distinct().Count());
        Assert.Equal(Problems.All.Select(problem => problem.Status).Order(), Problems.All.Select(problem => problem.Status));
    }

    private static string Render()
    {
        var docs = XDocument.Load(Path.ChangeExtension(typeof(Problems).Assembly.Location, ".xml"));
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n"));

        foreach (var status in Problems.All.GroupBy(problem => problem.Status))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {status.Key}\n\n| code | title | what it means | what to do |\n| --- | --- | --- | --- |\n");

            foreach (var problem in status)
            {
                text.Append(CultureInfo.InvariantCulture, $"| `{problem.Code}` | {problem.Title} | {Said("summary")} | {Said("remarks")} |\n");

                string Said(string tag) => Markdown(docs.Descendants("member").Single(member => Names(member, problem)).Element(tag)!);
            }
        }

        return text.ToString();
    }

    private static bool Names(XElement member, ProblemCode problem) =>
        typeof(Problems).GetFields().Any(field =>
            (string?)member.Attribute("name") == $"F:{field.DeclaringType!.FullName}.{field.Name}" && problem.Equals(field.GetValue(null)));

    private static string Markdown(XElement text) =>
        string.Join(' ', string.Concat(text.Nodes().Select(node => node is XElement code ? $"`{code.Value}`" : node.ToString()))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
