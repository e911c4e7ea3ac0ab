using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace HardenedStarter.Tests;

public sealed partial class NameTests(TemplateFixture template)
{
    private const string SixtyLong = "Northwind-Customer-Relationship-Management-and-Billing-Suite";

    /// <summary>A name, and what becomes of it: namespace, slug, role, title.</summary>
    public static TheoryData<string, string, string, string, string> Names => new()
    {
        { "Acme.Orders", "Acme.Orders", "acme-orders", "acme_orders", "Acme.Orders" },
        { "acme-shop", "acme_shop", "acme-shop", "acme_shop", "acme-shop" },
        { "my shop", "my_shop", "my-shop", "my_shop", "my shop" },
        { "1shop", "_1shop", "1shop", "_1shop", "1shop" },
        { "shop.9", "shop._9", "shop-9", "shop_9", "shop.9" },
        { "Acme.Shop.v2", "Acme.Shop.v2", "acme-shop-v2", "acme_shop_v2", "Acme.Shop.v2" },
        { "acm\u00E9", "acm\u00E9", "acme", "acme", "acm\u00E9" },
        { "acme\u0301", "acme\u0301", "acme", "acme", "acme\u0301" },
        { "acme & sons", "acme_sons", "acme-sons", "acme_sons", "acme & sons" },
        { "\u5546\u5E97", "\u5546\u5E97", "service", "service", "\u5546\u5E97" },
        { "Stra\u00DFe.\u0141\u00F3d\u017A", "Stra\u00DFe.\u0141\u00F3d\u017A", "strasse-lodz", "strasse_lodz", "Stra\u00DFe.\u0141\u00F3d\u017A" },
        { "event", "_event", "event", "event", "event" },
        { "Acme.new", "Acme._new", "acme-new", "acme_new", "Acme.new" },
        { "Program", "_Program", "program", "program", "Program" },
        { "Session", "_Session", "session", "session", "Session" },
        { "postgres", "postgres", "postgres-service", "postgres_service", "postgres" },
        { "Api", "Api", "api", "api", "Api" },
        { "pg-tools", "pg_tools", "pg-tools", "_pg_tools", "pg-tools" },
        { "..a..b..", "a.b", "a-b", "a_b", "..a..b.." },
        { "&&", "Service", "service", "service", "&&" },
        { "say \"hi\" \\ {x} <b>", "say_hi_x_b", "say-hi-x-b", "say_hi_x_b", "say hi x b" },
        { SixtyLong, SixtyLong.Replace('-', '_'), "northwind-customer-relationship-manageme", "northwind_customer_relationship_manageme", SixtyLong },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_name_takes_the_form_that_each_place_needs(string name, string safe, string slug, string role, string title)
    {
        var scaffold = await template.ScaffoldAsync(name);
        var answers = scaffold.ReadAnswers();
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HardenedService"] = safe,
            ["hardened-service"] = slug,
            ["hardened_service"] = role,
            ["Hardened Service"] = title,
            ["5080"] = $"{answers.Port}",
            ["5081"] = $"{answers.ManagementPort}",
            ["5082"] = $"{answers.MailPort}",
            ["2026-01-01/P30D"] = DueDay().Match(scaffold.Read("readiness.json")).Value,
        };

        Assert.Equal(name, answers.Name);
        Assert.InRange(DateTime.Parse(tokens["2026-01-01/P30D"].Split('/')[0], CultureInfo.InvariantCulture), DateTime.UtcNow.Date.AddDays(-1), DateTime.UtcNow.Date);
        Assert.All(safe.Split('.'), segment => Assert.Matches(Identifier(), segment));
        Assert.Matches(Slug(), slug);

        var emitted = TemplateSource.Files.Where(file => !file.StartsWith("compat/", StringComparison.Ordinal));
        Assert.Equal(emitted.Select(file => TemplateSource.Replace(file, tokens)).Order(StringComparer.Ordinal), scaffold.Files);
        Assert.All(emitted.Where(file => file != ".hardened/answers.json"), file =>
            Assert.Equal(TemplateSource.Replace(TemplateSource.Read(file), tokens), scaffold.Read(TemplateSource.Replace(file, tokens))));
        Assert.All(scaffold.Files.Where(file => Path.GetExtension(file) is ".csproj" or ".props" or ".targets"), file => XElement.Parse(scaffold.Read(file)));
    }

    /// <summary>Those that break a build where one place is forgotten; <see cref="TryTests"/> builds and runs 1shop.</summary>
    public static TheoryData<string> Awkward => ["acme & sons", "acme\u0301", "\u5546\u5E97", "Api.Next"];

    [Theory]
    [MemberData(nameof(Awkward))]
    public async Task An_awkward_name_builds(string name)
    {
        var feed = await template.FeedAsync;
        var scaffold = await template.ScaffoldAsync(name, "--feed", feed.Name);
        var build = await scaffold.BuildAsync();
        Assert.True(build.Succeeded, build.Output);
    }

    [Fact]
    public async Task A_name_with_a_slash_is_refused_and_nothing_made()
    {
        var directory = template.NewFolder();
        var result = await template.NewAsync(directory, ["--name", "acme/orders"]);
        Assert.False(result.Succeeded);
        Assert.Contains("Name cannot contain any of the following characters", result.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
    }

    [Fact]
    public async Task A_directory_that_holds_other_files_of_these_names_is_left_alone()
    {
        var directory = template.NewFolder();
        var precious = Path.Combine(directory, ".gitignore");
        await File.WriteAllTextAsync(precious, "mine");

        var result = await template.NewAsync(directory, ["--name", "Acme", "--output", directory]);
        Assert.False(result.Succeeded);
        Assert.Contains("will make changes to existing files", result.Output, StringComparison.Ordinal);
        Assert.Equal([precious], Directory.EnumerateFileSystemEntries(directory));
        Assert.Equal("mine", await File.ReadAllTextAsync(precious));
    }

    [Fact]
    public async Task The_directory_takes_the_name_where_none_is_given()
    {
        var directory = template.NewFolder();
        var result = await template.NewAsync(directory, ["--name", "my shop"]);
        Assert.True(result.Succeeded, result.Output);
        Assert.True(File.Exists(Path.Combine(directory, "my shop", "my_shop.sln")), string.Join('\n', Directory.EnumerateFileSystemEntries(directory)));
    }

    [GeneratedRegex(@"^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}_]*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Identifier();

    [GeneratedRegex("^(?!-)[a-z0-9-]{1,40}(?<!-)$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Slug();

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}/P30D", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DueDay();
}
