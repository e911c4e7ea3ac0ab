using HardenedService.Api.Documents.Files;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Documents;

public sealed class FileNameTests
{
    [Theory]
    [Wall("F6")]
    [InlineData("report.pdf", "report.pdf")]
    [InlineData("../../x", "x.pdf")]
    [InlineData(@"..\..\windows\system32\x.pdf", "x.pdf")]
    [InlineData("/etc/passwd", "passwd.pdf")]
    [InlineData("a\u0000b.pdf", "ab.pdf")]
    [InlineData("\u202Efdp.exe", "fdp.exe.pdf")]
    [InlineData("invoice.pdf.exe", "invoice.pdf.exe.pdf")]
    [InlineData("a\r\nContent-Type: text/html.pdf", "html.pdf")]
    [InlineData("say \"hi\"; x.pdf", "say hi x.pdf")]
    [InlineData("...", "document.pdf")]
    [InlineData(".pdf", "document.pdf")]
    [InlineData("", "document.pdf")]
    [InlineData(null, "document.pdf")]
    [InlineData("CON.pdf", "_CON.pdf")]
    [InlineData("nul", "_nul.pdf")]
    [InlineData("Bericht für Ärzte 😀.PDF", "Bericht für Ärzte 😀.PDF")]
    [InlineData("a\u0301.pdf", "á.pdf")]
    [InlineData("\ud800.pdf", "document.pdf")]
    public void A_name_is_made_harmless(string? name, string expected) => Assert.Equal(expected, FileName.Of(name, FileType.Pdf));

    [Fact]
    [Wall("F6")]
    public void A_long_name_is_cut_and_keeps_its_ending()
    {
        var name = FileName.Of($"{string.Concat(Enumerable.Repeat("😀\u202E", 300))}.jpeg", FileType.Jpeg);

        Assert.Equal(FileName.MaxLength, name.EnumerateRunes().Count());
        Assert.EndsWith("😀.jpeg", name, StringComparison.Ordinal);
    }
}
