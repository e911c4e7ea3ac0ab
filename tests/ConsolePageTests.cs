using System.Text.Json;
using Microsoft.Playwright;

namespace HardenedStarter.Tests;

/// <summary>The pages that the operator's console writes, looked at in a real browser. With SCREENSHOTS=FOLDER it leaves what it saw.</summary>
public sealed class ConsolePageTests(TemplateFixture template)
{
    // Text below 4.5 is hard to read, and a line below 3 hard to see: WCAG 2.2, 1.4.3 and 1.4.11.
    private const string Contrast = """
        () => {
          const parse = color => { const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number); return { rgb: [r, g, b], a }; };
          const light = ({ rgb }) => { const [r, g, b] = rgb.map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
          const ground = element => { for (; element; element = element.parentElement) { const color = parse(getComputedStyle(element).backgroundColor); if (color.a > 0) return color; } throw 'no ground'; };
          const ratio = (color, element) => { const [a, b] = [light(parse(color)), light(ground(element))].sort((a, b) => b - a); return (a + .05) / (b + .05); };
          const faint = [];
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          let seen = 0;
          while (texts.nextNode()) {
            const element = texts.currentNode.parentElement;
            if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
            const style = getComputedStyle(element);
            const contrast = ratio(element instanceof SVGElement ? style.fill : style.color, element);
            seen++;
            if (contrast < 4.5) faint.push(`${contrast.toFixed(2)}: ${texts.currentNode.data.trim()}`);
          }
          const lines = [...document.querySelectorAll('.plot .line, .plot .axis')];
          for (const line of lines) {
            const contrast = ratio(getComputedStyle(line).stroke, line);
            if (contrast < 3) faint.push(`${contrast.toFixed(2)}: ${line.getAttribute('class')}`);
          }
          return { seen, faint, lines: lines.length, ground: light(ground(document.body)) };
        }
        """;

    private const string Shape = """
        () => ({
          levels: [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(heading => Number(heading.tagName[1])),
          overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          language: document.documentElement.lang,
          title: document.title,
          intruders: document.querySelectorAll('script, img, iframe, link, object, embed, form').length,
          ran: 'ran' in window,
          text: document.body.textContent,
          nameless: [...document.querySelectorAll('svg')].filter(svg => !svg.getAttribute('aria-label')).length,
          ids: [...document.querySelectorAll('[id]')].map(element => element.id),
          targets: [...document.querySelectorAll('a')].map(link => link.getAttribute('href')),
        })
        """;

    [Fact]
    public async Task The_readiness_page_is_read_in_light_and_dark_on_a_phone_and_a_desk_by_keyboard_and_on_paper() =>
        await LookAsync("readiness", ConsolePages.ReadinessAsync);

    [Fact]
    public async Task The_page_of_a_candidate_is_read_in_light_and_dark_on_a_phone_and_a_desk_by_keyboard_and_on_paper() =>
        await LookAsync("candidate", ConsolePages.CandidateAsync);

    [Fact]
    public async Task The_load_page_is_read_in_light_and_dark_on_a_phone_and_a_desk_by_keyboard_and_on_paper() =>
        await LookAsync("load", ConsolePages.LoadAsync);

    private async Task LookAsync(string name, Func<string, Task<string>> write)
    {
        var folder = template.NewFolder();
        var address = new Uri(await write(folder)).AbsoluteUri;
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.StartAsync(playwright, Path.Combine(folder, "profile"), keepsPolicy: true);
        var page = browser.Pages[0];
        var errors = new List<string>();
        page.Console += (_, message) => errors.AddRange(message.Type == "error" ? [message.Text] : []);
        page.PageError += (_, error) => errors.Add(error);
        page.Request += (_, request) => errors.AddRange(request.Url == address ? [] : [$"asks for {request.Url}"]);

        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            foreach (var width in (int[])[360, 1440])
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                await page.SetViewportSizeAsync(width, 900);
                await page.GotoAsync(address);
                await ScreenshotAsync(page, $"{name}-{scheme}-{width}");
                await page.EvaluateAsync("() => document.querySelectorAll('details').forEach(details => details.open = true)");
                await AssertShapeAsync(page);
                await AssertContrastAsync(page, isLight: scheme == ColorScheme.Light);
            }
        }

        await page.GotoAsync(address);
        await AssertKeyboardAsync(page);
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        await ScreenshotAsync(page, $"{name}-print");
        await AssertContrastAsync(page, isLight: true);
        Assert.True(await page.EvaluateAsync<bool>("() => [...document.querySelectorAll('details:not([open]) > :not(summary)')].every(inner => inner.getBoundingClientRect().height > 0)"), "What is closed is not printed.");
        Assert.Empty(errors);

        // Its policy stands, should anything ever get past the encoding.
        await page.EvaluateAsync("() => { const script = document.createElement('script'); script.textContent = 'window.ran = 1'; document.body.append(script); }");
        Assert.False(await page.EvaluateAsync<bool>("() => 'ran' in window"));
    }

    private static async Task AssertShapeAsync(IPage page)
    {
        var shape = await page.EvaluateAsync<JsonElement>(Shape);
        var levels = shape.GetProperty("levels").EnumerateArray().Select(level => level.GetInt32()).ToList();

        Assert.Equal(1, levels[0]);
        Assert.Single(levels, level => level == 1);
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 1, $"h{pair.Second} follows h{pair.First}."));
        Assert.Equal(0, shape.GetProperty("overflow").GetInt32());
        Assert.Equal("en", shape.GetProperty("language").GetString());
        Assert.NotEmpty(shape.GetProperty("title").GetString()!);
        Assert.Equal(0, shape.GetProperty("intruders").GetInt32());
        Assert.False(shape.GetProperty("ran").GetBoolean());
        Assert.Contains(ConsolePages.Hostile, shape.GetProperty("text").GetString()!, StringComparison.Ordinal);
        Assert.Equal(0, shape.GetProperty("nameless").GetInt32());
        var ids = shape.GetProperty("ids").EnumerateArray().Select(id => $"#{id.GetString()}").ToList();
        Assert.Equal(ids.Distinct(), ids);
        Assert.Empty(shape.GetProperty("targets").EnumerateArray().Select(target => target.GetString()!).Except(ids));
    }

    private static async Task AssertContrastAsync(IPage page, bool isLight)
    {
        var contrast = await page.EvaluateAsync<JsonElement>(Contrast);

        Assert.True(contrast.GetProperty("seen").GetInt32() > 50);
        Assert.Empty(contrast.GetProperty("faint").EnumerateArray().Select(what => what.GetString()));
        Assert.Equal(await page.Locator("svg").CountAsync() > 0, contrast.GetProperty("lines").GetInt32() > 0);
        Assert.InRange(contrast.GetProperty("ground").GetDouble(), isLight ? 0.8 : 0, isLight ? 1 : 0.1);
    }

    private static async Task AssertKeyboardAsync(IPage page)
    {
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("#content", await page.EvaluateAsync<string>("() => document.activeElement.getAttribute('href')"));
        Assert.True(await page.EvaluateAsync<bool>("() => document.activeElement.getBoundingClientRect().top >= 0"), "What is skipped to is not seen.");
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("content", await page.EvaluateAsync<string>("() => document.activeElement.id"));

        for (var steps = 0; steps < 100 && await page.EvaluateAsync<string>("() => document.activeElement.tagName") != "SUMMARY"; steps++)
        {
            await page.Keyboard.PressAsync("Tab");
        }

        var before = await IsOpenAsync();
        await page.Keyboard.PressAsync("Enter");
        Assert.NotEqual(before, await IsOpenAsync());
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal(before, await IsOpenAsync());

        Task<bool> IsOpenAsync() => page.EvaluateAsync<bool>("() => document.activeElement.parentElement.open");
    }

    private static async Task ScreenshotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
        }
    }
}
