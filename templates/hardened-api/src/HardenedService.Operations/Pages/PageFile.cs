using System.Security.Cryptography;
using System.Text;
using static HardenedService.Operations.Pages.Markup;

namespace HardenedService.Operations.Pages;

/// <summary>A page in one file: it fetches nothing and runs nothing, and its own policy forbids both.</summary>
internal static class PageFile
{
    /// <summary>What the service is called. In a constant of its own, since the name of the solution may have braces.</summary>
    public const string Service = "Hardened Service";

    private static readonly Markup Style = Resource("page.css");

    // The one style that it has, by its hash.
    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{Style}")))}'; base-uri 'none'; form-action 'none'";

    /// <summary>The whole file.</summary>
    /// <param name="title">What the window is called.</param>
    /// <param name="header">What stands above everything: the page's only h1, and what came of it.</param>
    /// <param name="sections">The rest, in order.</param>
    public static string Render(string title, Markup header, IReadOnlyList<PageSection> sections) => Html($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="{Policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>{title}</title>
        <style>{Style}</style>
        </head>
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header>
        {header}
        <nav aria-label="On this page">
        <ul>
        {All(sections.Select(section => Html($"""<li><a href="#{section.Id}">{section.Heading}</a></li>""")))}
        </ul>
        </nav>
        </header>
        <main id="content" tabindex="-1">
        {All(sections.Select(Render))}
        </main>
        </body>
        </html>

        """).ToString();

    private static Markup Render(PageSection section) => Html($"""
        <section aria-labelledby="{section.Id}">
        <h2 id="{section.Id}">{section.Heading}</h2>
        {section.Content}
        </section>
        """);
}

/// <summary>A part of a page that can be gone to.</summary>
/// <param name="Id">Its anchor.</param>
/// <param name="Heading">What it is called.</param>
/// <param name="Content">What stands below the heading; headings in it start at h3.</param>
internal sealed record PageSection(string Id, string Heading, Markup Content);
