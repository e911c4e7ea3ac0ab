using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

public sealed class TemplateJsonTests(TemplateFixture template)
{
    [Theory]
    [InlineData(".template.config/template.json")]
    [InlineData(".template.config/dotnetcli.host.json")]
    [InlineData(".template.config/ide.host.json")]
    [InlineData("templates/hardened-feature/.template.config/template.json")]
    [InlineData("templates/hardened-migration/.template.config/template.json")]
    public void The_configuration_is_JSON_without_duplicates(string file)
    {
        using var document = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(Repository.Root, file)), new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
    }

    [Fact]
    public void Both_hosts_show_every_option_and_no_other()
    {
        var shell = Read("dotnetcli.host.json")["symbolInfo"]!.AsObject().Select(symbol => symbol.Key);
        var studio = Read("ide.host.json")["symbolInfo"]!.AsArray().Select(symbol => (string)symbol!["id"]!);
        Assert.Equal(TemplateJson.Parameters.Order(), shell.Order());
        Assert.Equal(TemplateJson.Parameters.Order(), studio.Order());
        Assert.All(TemplateJson.Parameters, name => Assert.NotEmpty((string)TemplateJson.Symbols[name]!["description"]!));
    }

    [Fact]
    public void Every_token_stands_somewhere_in_the_content()
    {
        var content = TemplateSource.Files.Select(TemplateSource.Read).ToList();
        foreach (var (name, symbol) in TemplateJson.Symbols.Where(symbol => symbol.Value!["replaces"] is not null))
        {
            var token = (string)symbol!["replaces"]!;
            Assert.True(content.Any(text => text.Contains(token, StringComparison.Ordinal)), $"{name} replaces {token}, which stands nowhere.");
        }
    }

    [Fact]
    public void The_icon_is_one_that_galleries_take()
    {
        var icon = File.ReadAllBytes(Path.Combine(Repository.TemplateConfig, (string)Read("ide.host.json")["icon"]!));
        Assert.Equal("PNG"u8, icon.AsSpan(1, 3));
        Assert.Equal(128, BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(16)));
        Assert.Equal(128, BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(20)));
    }

    [Fact]
    public void The_package_is_a_template_package_of_the_one_version_and_holds_the_content()
    {
        using var package = ZipFile.OpenRead(template.Package);
        using var manifest = package.GetEntry($"{TemplatePackage.Id}.nuspec")!.Open();
        var metadata = XElement.Load(manifest).Elements().Single();
        XElement Of(string name) => metadata.Elements().Single(element => element.Name.LocalName == name);
        Assert.Equal(TemplatePackage.Id, Of("id").Value);
        Assert.Equal(TemplatePackage.Version, Of("version").Value);
        Assert.Equal("Template", Of("packageTypes").Elements().Single().Attribute("name")!.Value);
        Assert.DoesNotContain(metadata.Elements(), element => element.Name.LocalName == "dependencies");

        const string Content = "content/templates/hardened-api/";
        var packed = package.Entries.Select(entry => Uri.UnescapeDataString(entry.FullName)).ToList();
        Assert.Equal(TemplateSource.Files.Order(), packed.Where(path => path.StartsWith(Content, StringComparison.Ordinal)).Select(path => path[Content.Length..]).Order());
        Assert.Contains("LICENSE", packed);
        Assert.Contains("README.md", packed);
        Assert.Contains("icon.png", packed);
    }

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.TemplateConfig, file)))!;
}
