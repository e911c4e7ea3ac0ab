using System.Globalization;
using System.Text.RegularExpressions;

namespace HardenedStarter.Tests;

/// <summary>What is added to a solution that came out earlier.</summary>
public sealed partial class ItemTemplateTests(TemplateFixture template)
{
    private const string Feature = "hardened-feature";
    private const string Migration = "hardened-migration";

    /// <summary>Dots, letters of another alphabet, and what no identifier holds.</summary>
    private const string AwkwardName = "Straße.Käse & Co";

    /// <summary>Without the sample: that has to pass everything as well, and is built nowhere else.</summary>
    [Fact]
    public async Task Without_the_sample_and_with_a_feature_and_a_migration_every_test_passes_under_an_awkward_name()
    {
        var feed = await template.FeedAsync;
        var scaffold = await template.ScaffoldAsync(AwkwardName, "--feed", feed.Name, "--sample", "none");
        await AddAsync(Feature, scaffold.Directory, "-n", "PurchaseOrders");

        var restore = await scaffold.DotnetAsync("restore", scaffold.Solution);
        Assert.True(restore.Succeeded, restore.Output);
        var operations = Path.Combine(scaffold.Directory, "src", "Straße.Käse_Co.Operations");
        await AddAsync(Migration, operations, "-n", "AddOrderNumbers");
        var (first, second) = (Number(scaffold, "PurchaseOrders"), Number(scaffold, "AddOrderNumbers"));
        Assert.Equal(LastNumber(scaffold) + 1, first);
        Assert.Equal(first + 1, second);
        await WriteAsync(operations, second, "up", "alter table purchase_orders.purchase_orders\n  add column number text null;\n");
        await WriteAsync(operations, second, "down", "alter table purchase_orders.purchase_orders\n  drop column number;\n");

        Assert.Empty(scaffold.NewFiles.SelectMany(file => Leftover().Matches($"{file}\n{scaffold.Read(file)}").Select(match => $"{file}: {match.Value}")));
        var build = await scaffold.BuildAsync();
        Assert.True(build.Succeeded, build.Output);
        var tests = await scaffold.DotnetAsync("test", scaffold.Solution, "--no-build", "--nologo");
        Assert.True(tests.Succeeded, tests.Output);
    }

    /// <summary>The name, what one of them is called (null: not given), and what classes and the table are called then.</summary>
    public static TheoryData<string, string?, string, string> Items => new()
    {
        { "Invoices", null, "Invoice", "invoices" },
        { "companies", null, "Company", "companies" },
        { "Addresses", null, "Address", "addresses" },
        { "Statuses", null, "Status", "statuses" },
        { "Houses", null, "House", "houses" },
        { "Movies", null, "Movie", "movies" },
        { "SalesPeople", null, "SalesPerson", "sales_people" },
        { "Equipment", null, "EquipmentItem", "equipment" },
        { "News", null, "NewsItem", "news" },
        { "Tasks", null, "TaskItem", "tasks" },
        { "Staff", "colleague", "Colleague", "staff" },
        { "APIKeys", null, "APIKey", "api_keys" },
    };

    [Fact]
    public async Task Many_are_called_by_the_name_and_one_by_its_singular_or_as_is_said()
    {
        var scaffold = await template.ScaffoldAsync("Acme");
        foreach (var (name, item, expected, table) in Items.Select(row => row.Data))
        {
            await AddAsync(Feature, scaffold.Directory, ["-n", name, .. item is null ? [] : (string[])["--item", item]]);
            var feature = char.ToUpperInvariant(name[0]) + name[1..];

            Assert.Contains($"builder.AddDbContext<{feature}Db>()", scaffold.Read($"src/Acme.Api/{feature}/{expected}Extensions.cs"), StringComparison.Ordinal);
            Assert.Contains(
                $"create table {table}.{table} (", scaffold.Read($"src/Acme.Operations/Migrations/M{Number(scaffold, feature):0000}_{feature}.up.sql"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_cannot_be_or_is_there_already_is_refused_and_nothing_is_written()
    {
        var scaffold = await template.ScaffoldAsync("Acme");
        await AddAsync(Feature, scaffold.Directory, "-n", "Invoices");
        var before = new Scaffold(scaffold.Directory);
        var contents = before.Files.ToDictionary(file => file, before.Read, StringComparer.Ordinal);
        var project = Path.Combine(scaffold.Directory, "src", "Acme.Api");

        await RefusesAsync("a name has 1 to 40 ASCII letters and digits", Feature, scaffold.Directory, "-n", "1x");
        await RefusesAsync("a name has 1 to 40 ASCII letters and digits", Feature, scaffold.Directory, "-n", "Straßen");
        await RefusesAsync("is not taken yet", Feature, scaffold.Directory, "-n", "Identity");
        await RefusesAsync("another one for --item", Feature, scaffold.Directory, "-n", "Fish", "--item", "Fish");
        await RefusesAsync("a name has 1 to 40 ASCII letters and digits", Feature, scaffold.Directory);
        await RefusesAsync("will make changes to existing files", Feature, scaffold.Directory, "-n", "Invoices");
        await RefusesAsync("is not taken yet", Feature, scaffold.Directory, "-n", "Organizations");
        await RefusesAsync("a name has 1 to 100 ASCII letters and digits", Migration, scaffold.Directory, "-n", "add numbers");
        await RefusesAsync($"is not restored. Run 'dotnet restore {project}", Migration, project, "-n", "AddNumbers");
        await RefusesAsync("No project was found", Feature, template.NewFolder(), "-n", "Invoices");

        var after = new Scaffold(scaffold.Directory);
        Assert.Equal(before.Files, after.Files);
        Assert.All(contents, file => Assert.Equal(file.Value, after.Read(file.Key)));
    }

    [Fact]
    public async Task The_next_number_follows_the_greatest_wherever_gaps_are_and_whatever_the_folders_are_called()
    {
        var directory = Path.Combine(template.NewFolder(), "M8000_of_AddInvoiceNumbers & Co");
        await AddAsync("hardened-api", template.NewFolder(), "-n", "Acme", "--output", directory);
        var scaffold = new Scaffold(directory);
        var migrations = Path.Combine(scaffold.Directory, "src", "Acme.Operations", "Migrations");
        await File.WriteAllTextAsync(Path.Combine(migrations, "M0199_Late.up.sql"), "");

        await AddAsync(Migration, Path.Combine(scaffold.Directory, "docs", "decisions"), "-n", "addNumbers");

        Assert.Contains("[Migration(200, \"AddNumbers\")]", scaffold.Read("src/Acme.Operations/Migrations/M0200_AddNumbers.cs"), StringComparison.Ordinal);
        Assert.Equal(4, scaffold.NewFiles.Count());
    }

    private async Task AddAsync(string item, string directory, params string[] arguments)
    {
        var result = await template.NewItemAsync(item, directory, arguments);
        Assert.True(result.Succeeded, result.Output);
    }

    private async Task RefusesAsync(string reason, string item, string directory, params string[] arguments)
    {
        var result = await template.NewItemAsync(item, directory, arguments);
        Assert.False(result.Succeeded, result.Output);
        Assert.Contains(reason, result.Output, StringComparison.Ordinal);
    }

    private static Task WriteAsync(string operations, int number, string direction, string sql) =>
        File.WriteAllTextAsync(Path.Combine(operations, "Migrations", $"M{number:0000}_AddOrderNumbers.{direction}.sql"), sql);

    private static int Number(Scaffold scaffold, string name) => Numbers(scaffold.NewFiles, $"{name}.up.sql").Single();

    // The tests have some of their own.
    private static int LastNumber(Scaffold scaffold) => Numbers(scaffold.Files.Where(file => file.StartsWith("src/", StringComparison.Ordinal)), ".up.sql").Max();

    private static IEnumerable<int> Numbers(IEnumerable<string> files, string end) =>
        from file in files
        where file.EndsWith(end, StringComparison.Ordinal)
        select int.Parse(MigrationNumber().Match(file).Groups["number"].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"/M(?<number>\d{4})_", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MigrationNumber();

    [GeneratedRegex("(?i:hardened[-_ ]?(service|starter)|invoice)|9999|SOLUTION|REFUSED|ItemTemplate", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Leftover();
}
