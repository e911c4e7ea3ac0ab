using HardenedService.Operations.Postgres;
using HardenedStarter.Build;

namespace HardenedStarter.Tests.Shipping;

/// <summary>
/// The steps of release.sh by themselves, in a second: the console, systemctl and nginx are a few lines each, which note what would have lost a request.
/// <see cref="ReleaseTests"/> has the real ones.
/// </summary>
public sealed class ReleaseScriptTests(TemplateFixture template)
{
    private const string Bad = "3.0.0";

    // Ready is who runs, unless the release is the bad one.
    private const string Console =
        """
        #!/bin/sh
        shift
        case $* in readiness*) echo "$*" >>"$MACHINE/recorded"; exit "${RECORDS:-0}" ;; esac
        [ "$*" != "probe ready --wait 5" ] || [ "$(cat "$MACHINE/run/$Service__Port" 2>/dev/null || echo 3.0.0)" != 3.0.0 ]
        """;

    private const string Systemctl =
        """
        #!/bin/sh
        [ "$1" != --quiet ] || exit 1
        runs() { [ "$(cat "$MACHINE/run/$1" 2>/dev/null || echo 3.0.0)" != 3.0.0 ]; }
        if [ "$*" = "reload nginx" ]; then
            [ ! -e "$MACHINE/broken" ] || exit 1
            sed 's/server 127.0.0.1:\([0-9]*\).*/\1/' "$NGINX" >"$MACHINE/served"
            while read -r port; do runs "$port" || echo "$port is sent to and not ready"; done <"$MACHINE/served"
            exit
        fi
        replica=${2#*@}
        port=$(sed -n 's/^Service__Port=//p' "$SETTINGS/replicas/$replica.env")
        case $1 in
        stop)
            ! runs "$port" || ! grep -q "$port" "$MACHINE/served" || echo "$port is stopped and sent to"
            rm -f "$MACHINE/run/$port"
            ;;
        start) basename "$(readlink "$ROOT/replicas/$replica")" >"$MACHINE/run/$port" ;;
        esac
        """;

    private static readonly string Script = File.ReadAllText(Path.Combine(Repository.Template, "ops", "release.sh"));

    [Fact]
    public async Task Nobody_is_stopped_who_is_sent_to_and_a_release_that_fails_is_taken_back() => Assert.Equal("", await StoryAsync(Script));

    /// <summary>When the commit was made, and whether it can be recorded.</summary>
    [Theory]
    [InlineData("", "0", "")]
    [InlineData("1700000000", "0", " --fact seconds=[0-9]+")]
    [InlineData("0999", "0", "")]
    [InlineData("yesterday", "0", "")]
    [InlineData("99999999999999999999", "0", "")]
    [InlineData("", "1", "")]
    public async Task Releases_and_rollbacks_are_recorded_and_none_fails_for_want_of_it(string committed, string records, string seconds)
    {
        var machine = await NewMachineAsync();

        Assert.Equal("", await StoryAsync(Script, machine, ("COMMITTED", committed), ("RECORDS", records)));

        Assert.Collection(
            await File.ReadAllLinesAsync(Path.Combine(machine, "recorded"), TestContext.Current.CancellationToken),
            first => Assert.Matches($"^readiness record release --fact version=1.0.0{seconds} --by release.sh$", first),
            second => Assert.Matches($"^readiness record release --fact version=2.0.0{seconds} --by release.sh$", second),
            back => Assert.Equal("readiness record rollback_rehearsal --fact from=2.0.0 --fact to=1.0.0 --by release.sh", back));
    }

    /// <summary>Lines of the script without which it would not keep its promises.</summary>
    [Theory]
    [InlineData("        serve $others || return 1\n", "8001 is stopped and sent to")]
    [InlineData("        roll_all \"$before\" || fail", "3.0.0: a runs 3.0.0", "        true || fail")]
    [InlineData("        point \"$ROOT/current\" \"releases/$release\"\n", "1.0.0: current is")]
    [InlineData("    until is_ready \"$1\"; do", "8001 is sent to and not ready", "    until true; do")]
    public async Task Without_one_of_its_steps_the_story_is_another(string line, string finding, string instead = "")
    {
        Assert.Contains(line, Script, StringComparison.Ordinal);
        Assert.Contains(finding, await StoryAsync(Script.Replace(line, instead.Length == 0 ? "        :\n" : instead, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status", false, 1, "There is no folder {settings}/replicas: each replica has a file NAME.env in it.")]
    [InlineData("1.0.0", false, 1, "There is no folder {settings}/replicas: each replica has a file NAME.env in it.")]
    [InlineData("status", true, 1, "There is no replica: each has a file NAME.env in {settings}/replicas.")]
    [InlineData("--help", false, 2, "sh release.sh rollback")]
    [InlineData("", false, 2, "sh release.sh rollback")]
    public async Task What_is_not_there_or_not_meant_is_named(string what, bool hasFolder, int exitCode, string said)
    {
        var machine = template.NewFolder();
        var settings = Directory.CreateDirectory(Path.Combine(machine, "etc")).FullName;
        Directory.CreateDirectory(hasFolder ? Path.Combine(settings, "replicas") : settings);

        var (code, output) = await RunAsync(machine, Script, what);

        Assert.Equal(exitCode, code);
        Assert.Contains(said.Replace("{settings}", settings, StringComparison.Ordinal), output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_nginx_that_cannot_be_reloaded_is_named_and_no_replica()
    {
        var machine = await NewMachineAsync();
        Assert.Equal(0, (await RunAsync(machine, Script, "1.0.0")).ExitCode);
        Write(machine, ("broken", ""));

        var (code, output) = await RunAsync(machine, Script, "2.0.0");

        Assert.Equal(1, code);
        Assert.Contains("nginx could not be reloaded: systemctl status nginx", output, StringComparison.Ordinal);
        Assert.DoesNotContain("become ready as", output, StringComparison.Ordinal);
    }

    // What goes wrong in two releases, a bad one, and a rollback.
    private async Task<string> StoryAsync(string script) => await StoryAsync(script, await NewMachineAsync());

    private static async Task<string> StoryAsync(string script, string machine, params (string Name, string Value)[] variables)
    {
        List<string> wrong = [];

        foreach (var (what, exitCode, serves) in new[] { ("1.0.0", 0, "1.0.0"), ("2.0.0", 0, "2.0.0"), (Bad, 1, "2.0.0"), ("rollback", 0, "1.0.0") })
        {
            var (code, output) = await RunAsync(machine, script, what, variables);
            wrong.AddRange(output.Split('\n').Where(line => line.Contains("sent to", StringComparison.Ordinal)));
            Expect(wrong, $"{what}: it ended with", code, exitCode);
            Expect(wrong, $"{what}: current is", Path.GetFileName(new FileInfo(Path.Combine(machine, "srv", "current")).LinkTarget), serves);
            Expect(wrong, $"{what}: a runs", Read("run/8001"), serves);
            Expect(wrong, $"{what}: b runs", Read("run/8002"), serves);
            Expect(wrong, $"{what}: nginx sends to", Read("served"), "8001\n8002");
        }

        return string.Join('\n', wrong);

        string Read(string file) => File.Exists(Path.Combine(machine, file)) ? File.ReadAllText(Path.Combine(machine, file)).Trim() : "nothing";
    }

    private async Task<string> NewMachineAsync()
    {
        var machine = template.NewFolder();
        Directory.CreateDirectory(Path.Combine(machine, "run"));
        Write(Path.Combine(machine, "bin"), ("dotnet", Console), ("systemctl", Systemctl));
        Write(Path.Combine(machine, "etc"), ("service.env", "A=1"), ("operations.env", "A=1"));
        Write(
            Path.Combine(machine, "etc", "replicas"),
            ("a.env", "Service__Address=127.0.0.1\nService__Port=8001"),
            ("b.env", "Service__Address=127.0.0.1\nService__Port=8002"));
        await File.WriteAllTextAsync(Path.Combine(machine, "served"), "", TestContext.Current.CancellationToken);

        foreach (var part in new[] { "api", "operations" })
        {
            Array.ForEach(["1.0.0", "2.0.0", Bad], release => Directory.CreateDirectory(Path.Combine(machine, "srv", "releases", release, part)));
        }

        return machine;
    }

    private static void Expect<T>(List<string> wrong, string what, T found, T expected)
    {
        if (!Equals(found, expected))
        {
            wrong.Add($"{what} {found}, and not {expected}");
        }
    }

    private static void Write(string folder, params (string Name, string Text)[] files)
    {
        Directory.CreateDirectory(folder);

        foreach (var (name, text) in files)
        {
            MachinePrograms.Write(folder, name, text);
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string machine, string script, string what, params (string Name, string Value)[] variables)
    {
        Write(machine, ("release.sh", script));
        var start = Dotnet.StartInfo(machine, [Path.Combine(machine, "release.sh"), .. what.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        start.FileName = "/bin/sh";

        foreach (var (name, value) in new[] { ("MACHINE", ""), ("ROOT", "srv"), ("SETTINGS", "etc"), ("NGINX", "replicas.conf") })
        {
            start.Environment[name] = Path.Combine(machine, value).TrimEnd('/');
        }

        start.Environment["PATH"] = $"{Path.Combine(machine, "bin")}:{start.Environment["PATH"]}";
        Array.ForEach(variables, variable => start.Environment[variable.Name] = variable.Value);
        start.Environment["WAIT"] = "0";
        return await SupervisedProcess.RunAsync(start, TestContext.Current.CancellationToken);
    }
}
