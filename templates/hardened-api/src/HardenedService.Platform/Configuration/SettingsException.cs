using System.Globalization;
using System.Text;

namespace HardenedService.Platform.Configuration;

/// <summary>The settings are not acceptable. The message lists every fault, by key, and no value.</summary>
public sealed class SettingsException : Exception
{
    /// <summary>What a process that refuses to start for its settings ends with: 78, EX_CONFIG of sysexits.h.</summary>
    public const int ExitCode = 78;

    /// <summary>Settings that are not acceptable.</summary>
    public SettingsException()
        : this([])
    {
    }

    /// <summary>Settings that are not acceptable.</summary>
    /// <param name="message">What is wrong.</param>
    public SettingsException(string message)
        : base(message)
    {
    }

    /// <summary>Settings that are not acceptable.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">What showed it.</param>
    public SettingsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Settings that are not acceptable.</summary>
    /// <param name="faults">All that is wrong.</param>
    public SettingsException(IReadOnlyList<SettingFault> faults)
        : base(List(faults)) =>
        Faults = faults;

    /// <summary>All that is wrong.</summary>
    public IReadOnlyList<SettingFault> Faults { get; } = [];

    /// <summary>
    /// From now on a start that is refused is no crash: the list of faults goes to standard error without a stack trace, and the exit code
    /// is <see cref="ExitCode"/>. Wherever the exception was thrown first, it passes here.
    /// </summary>
    internal static void EndsTheProcess()
    {
        AppDomain.CurrentDomain.UnhandledException -= EndTheProcess;
        AppDomain.CurrentDomain.UnhandledException += EndTheProcess;
    }

    private static void EndTheProcess(object sender, UnhandledExceptionEventArgs unhandled)
    {
        if (unhandled.ExceptionObject is SettingsException refused)
        {
            Console.Error.WriteLine(refused.Message);
            Environment.Exit(ExitCode);
        }
    }

    private static string List(IReadOnlyList<SettingFault> faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        var list = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"The settings are not acceptable, faults: {faults.Count}. ")
            .Append("The environment variable of a setting Section:Key is Section__Key.");

        foreach (var fault in faults)
        {
            list.AppendLine().Append("  ").Append(fault);
        }

        return list.ToString();
    }
}
