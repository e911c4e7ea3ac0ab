using System.Globalization;
using HardenedService.Operations.Postgres;

namespace HardenedService.Operations.Recovery;

/// <summary>How a server runs that was restored, for as long as we look at it; what was restored with it does not count.</summary>
internal static class RestoredSettings
{
    /// <summary>The port, which is a part of its socket's name.</summary>
    public const int Port = 5432;

    /// <param name="directory">Where it lies.</param>
    /// <param name="wal">Where the WAL leads that was unpacked beside it.</param>
    /// <param name="at">The moment up to which to replay; null for all that there is.</param>
    public static IReadOnlyDictionary<string, string> Of(ClusterDirectory directory, WalPath wal, DateTimeOffset? at)
    {
        var settings = new Dictionary<string, string>
        {
            ["config_file"] = directory.Settings("restored.conf"),
            ["hba_file"] = directory.Settings("restored_hba.conf"),
            ["ident_file"] = directory.Settings("restored_ident.conf"),
            ["listen_addresses"] = "",
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = directory.Sockets,
            ["unix_socket_permissions"] = "0700",
            ["external_pid_file"] = "",
            ["logging_collector"] = "off",
            ["log_destination"] = "stderr",
            ["log_timezone"] = "UTC",
            ["lc_messages"] = "C",
            ["ssl"] = "off",
            ["shared_preload_libraries"] = "",
            ["hot_standby"] = "off",
            ["shared_buffers"] = "64MB",

            // It archives nowhere, and notes what whoever starts a server on it is to archive: the history of its timeline above all, without which
            // nobody finds what is written there.
            ["archive_mode"] = "on",
            ["archive_command"] = "",

            // It runs in the data directory, so that no path has to survive two shells.
            ["restore_command"] = OperatingSystem.IsWindows() ? @"copy ..\wal\%f ""%p""" : "cp ../wal/%f %p",
            ["recovery_target_timeline"] = wal.Timeline,
            ["recovery_target_action"] = "promote",
        };

        foreach (var target in new[] { "recovery_target", "recovery_target_lsn", "recovery_target_name", "recovery_target_xid", "recovery_target_time" })
        {
            settings[target] = "";
        }

        if (at is { } moment)
        {
            settings["recovery_target_time"] = moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff+00", CultureInfo.InvariantCulture);
        }

        return settings;
    }
}
