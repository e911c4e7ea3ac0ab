namespace HardenedStarter.Tests.Shipping;

/// <summary>The programs of a <see cref="Machine"/> that stand in the place of those of a real one.</summary>
internal static class MachinePrograms
{
    // In the place of an act that is to be the script's last, its SIGKILL.
    private const string Gate =
        """
        gate() { if [ "${KILL_AT:-}" = "$*" ]; then kill -KILL "$(cat "$MACHINE/script")"; exit 1; fi; }
        """;

    private const string Move =
        """
        #!/bin/sh
        . "$MACHINE/bin/gate"
        [ "$1" != -T ] || gate link "$(basename "$3")"
        exec /bin/mv "$@"
        """;

    private const string Console =
        """
        #!/bin/sh
        . "$MACHINE/bin/gate"
        case "$*" in *" config check") gate check ;; *" migrate up") gate migrate ;; esac
        exec "$DOTNET" "$@"
        """;

    // Starts and stops what the unit says. To have failed is to have been started and be gone.
    private const string Systemctl =
        """
        #!/bin/sh
        . "$MACHINE/bin/gate"
        [ "$1" = --quiet ] && shift
        if [ "$*" = "reload nginx" ]; then
            gate reload "$(grep -c server "$NGINX")"
            kill -HUP "$(cat "$MACHINE/nginx/nginx.pid")"
            exit
        fi
        replica=${2#hardened-service@}
        gate "$1" "$replica"
        pid=$MACHINE/$replica.pid
        unit() { sed -n "s/^$1=//p" "$UNIT_FILE" | sed "s#%i#$replica#g; s#/srv/hardened-service#$ROOT#g; s#/etc/hardened-service#$SETTINGS#g; s#/usr/bin/dotnet#dotnet#"; }
        runs() { [ -e "$pid" ] && [ -e "/proc/$(cat "$pid")/status" ] && ! grep -q '^State:.[ZX]' "/proc/$(cat "$pid")/status"; }
        case $1 in
        start)
            ! runs || exit 0
            rm -f "$pid"
            cd "$(unit WorkingDirectory)" || exit 1
            unit EnvironmentFile | xargs cat | sed '/^$/d; /^#/d' >"$MACHINE/$replica.environment"
            setsid sh -c 'while IFS= read -r line; do export "$line"; done <"$1"; echo $$ >"$2.new"; /bin/mv "$2.new" "$2"; shift 2; exec "$@"' \
                sh "$MACHINE/$replica.environment" "$pid" $(unit ExecStart) </dev/null >>"$MACHINE/$replica.log" 2>&1 &
            until [ -e "$pid" ]; do sleep 0.05; done
            ;;
        stop)
            runs || { rm -f "$pid"; exit 0; }
            kill -s "$(unit KillSignal | sed s/SIG//)" "$(cat "$pid")"
            waited=0
            while runs; do
                sleep 0.1
                waited=$((waited + 1))
                [ $waited -lt "$(unit TimeoutStopSec)0" ] || kill -KILL "$(cat "$pid")"
            done
            rm -f "$pid"
            ;;
        is-failed) [ -e "$pid" ] && ! runs ;;
        esac
        """;

    /// <summary>Writes them to a directory that is to come first in PATH.</summary>
    public static void WriteTo(string directory)
    {
        foreach (var (name, text) in new[] { ("gate", Gate), ("mv", Move), ("dotnet", Console), ("systemctl", Systemctl) })
        {
            Write(directory, name, text);
        }
    }

    /// <summary>Writes a file that can be started.</summary>
    public static void Write(string directory, string name, string text)
    {
        var file = Path.Combine(directory, name);
        File.WriteAllText(file, text.ReplaceLineEndings("\n") + "\n");

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
