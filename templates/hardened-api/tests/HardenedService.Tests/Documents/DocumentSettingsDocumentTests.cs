using HardenedService.Platform.Configuration;
using HardenedService.Tests.Conformance;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Documents;

public sealed class DocumentSettingsDocumentTests
{
    private const string Heading = "## Settings\n";

    [Fact]
    public async Task The_documented_settings_are_those_of_the_code() => await GeneratedDocument.IsUpToDateAsync(
        "documents.md",
        "the records of options",
        documented => documented[..(documented.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length)] + SettingsDocument.Render(
            ApiHost.Prepare("Development").Services.Select(service => service.ImplementationInstance).OfType<OptionsSection>()
                .Where(section => section.Options.FullName!.Contains(".Api.Documents.", StringComparison.Ordinal))
                .Select(section => (section.Name, section.Options))));
}
