using System.Diagnostics;

namespace HardenedService.Platform.Telemetry;

/// <summary>The spans of what this service does itself, beside those that the runtime makes of requests, calls and statements.</summary>
public static class ServiceTraces
{
    internal const string Name = "HardenedService";

    internal static readonly ActivitySource Source = new(Name);

    /// <summary>
    /// A part of the work at hand that is worth a look of its own. Its name is a fixed text, and it has no attributes: who is concerned, and
    /// by what, does not belong into a trace.
    /// </summary>
    /// <param name="name">What is done, such as <c>verify password</c>.</param>
    /// <returns>The span, to be disposed at the end of it; null if the work at hand is not traced.</returns>
    public static Activity? Stage(string name) => Activity.Current is null ? null : Source.StartActivity(name);
}
