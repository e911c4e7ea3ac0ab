using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

public sealed partial class EmittedFilesTests(TemplateFixture template)
{
    internal const string UpdateVariable = "UPDATE_EXPECTED";

    public static TheoryData<string> Feeds => [Feed.Public, Feed.Restricted];

    [Theory]
    [MemberData(nameof(Feeds))]
    public async Task The_files_are_those_of_the_list(string feed)
    {
        var scaffold = await ScaffoldOfAsync(feed);
        var list = Path.Combine(Repository.Root, "tests", "Expected", $"{feed}.txt");
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            await File.WriteAllLinesAsync(list, scaffold.Files);
        }

        var expected = await File.ReadAllLinesAsync(list);
        var missing = expected.Except(scaffold.Files, StringComparer.Ordinal).Select(file => $"- {file}");
        var extra = scaffold.Files.Except(expected, StringComparer.Ordinal).Select(file => $"+ {file}");
        var difference = string.Join('\n', missing.Concat(extra));
        Assert.True(
            difference.Length == 0,
            $"--feed {feed} emits other files than tests/Expected/{feed}.txt says:\n{difference}\n"
            + $"If that is intended: {UpdateVariable}=1 dotnet test tests --filter FullyQualifiedName~{nameof(EmittedFilesTests)}");
    }

    [Theory]
    [MemberData(nameof(Feeds))]
    public async Task Nothing_of_the_template_is_left(string feed) => AssertNothingIsLeft(await ScaffoldOfAsync(feed));

    [Fact]
    public async Task Nothing_of_the_template_is_left_without_the_sample() => AssertNothingIsLeft(await template.WithoutSampleAsync);

    [Theory]
    [MemberData(nameof(Feeds))]
    public async Task Text_is_UTF8_without_a_mark_with_line_feeds_and_no_trailing_blanks(string feed)
    {
        var scaffold = await ScaffoldOfAsync(feed);
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        var wrong = new List<string>();
        foreach (var file in scaffold.Files.Where(file => !file.EndsWith(".png", StringComparison.Ordinal)))
        {
            var bytes = scaffold.ReadBytes(file);
            var text = strict.GetString(bytes);
            Report(text.StartsWith('\uFEFF'), "has a byte order mark");
            Report(text.Contains('\r', StringComparison.Ordinal), "has a carriage return");
            Report(text.Split('\n').Any(line => line.EndsWith(' ') || line.EndsWith('\t')), "has a line that ends in blanks");
            Report(text.Length > 0 && !text.EndsWith('\n'), "does not end in a line feed");

            void Report(bool isWrong, string what)
            {
                if (isWrong)
                {
                    wrong.Add($"{file} {what}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task The_public_variant_has_no_trace_of_compat_but_the_import_that_finds_none()
    {
        var scaffold = await template.PublicAsync;
        Assert.DoesNotContain(scaffold.Files, file => file.StartsWith("compat/", StringComparison.Ordinal));

        var code = scaffold.Files.Where(file => Path.GetExtension(file) is ".cs" or ".csproj" or ".sln");
        Assert.DoesNotContain(code, file => scaffold.Read(file).Contains("compat", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>So copying the folder in, as the README says, and deleting it are all it takes to change sides.</summary>
    [Fact]
    public async Task The_restricted_variant_is_the_public_one_and_compat()
    {
        var restricted = await template.RestrictedAsync;
        var answers = restricted.ReadAnswers();
        var open = await template.ScaffoldAsync(answers.Name, ["--feed", Feed.Public, .. answers.PortOptions]);
        Assert.Equal(open.Files, restricted.Files.Where(file => !file.StartsWith("compat/", StringComparison.Ordinal)));
        Assert.All(open.Files.Where(file => file != ".hardened/answers.json"), file => Assert.Equal(open.ReadBytes(file), restricted.ReadBytes(file)));
        Assert.Contains($"dotnet new hardened-api -n {answers.Name} -o ../restricted --feed restricted", open.Read("README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_public_variant_references_the_genuine_packages_in_the_versions_known_to_work_together()
    {
        var scaffold = await template.PublicAsync;
        var versions = XElement.Parse(scaffold.Read("Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value, StringComparer.Ordinal);
        var referenced = scaffold.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal) || file == "Directory.Build.props")
            .SelectMany(file => XElement.Parse(scaffold.Read(file)).Descendants("PackageReference"))
            .Select(package => package.Attribute("Include")!.Value)
            .ToHashSet(StringComparer.Ordinal);

        Assert.Equal(KnownPackages.Public.Order(), referenced.Select(id => $"{id} {versions[id]}").Order());
        Assert.Equal(versions.Keys.Order(), referenced.Order());
    }

    private static void AssertNothingIsLeft(Scaffold scaffold)
    {
        var left = scaffold.Files.SelectMany(file => Leftover().Matches($"{file}\n{WithoutTemplateLine(scaffold.Read(file))}").Select(match => $"{file}: {match.Value}"));
        Assert.Empty(left);
    }

    private Task<Scaffold> ScaffoldOfAsync(string feed) => feed == Feed.Public ? template.PublicAsync : template.RestrictedAsync;

    // .hardened/answers.json says which template it was.
    // Where the template's name belongs: the record of what was scaffolded, and the README's way to the other variant.
    private static string WithoutTemplateLine(string text) => text
        .Replace("\"template\": \"hardened-api\",", "", StringComparison.Ordinal)
        .Replace("dotnet new hardened-api -n Acme.Orders", "", StringComparison.Ordinal);

    [GeneratedRegex(
        @"hardened[-_ ]?(starter|service|api|name|feed|version)|508[012]|[-+]:cnd|:noEmit|^\s*(//|<!--|#)\s*#(if|elif|else|endif)|\{-VALUE-FORMS-\}",
        RegexOptions.IgnoreCase | RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex Leftover();
}
