using System.Diagnostics;
using HardenedService.Platform.Data;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Platform.Outbox;

/// <summary>
/// The two ends of the queue, by the semantic conventions for messaging. A delivery comes whenever it comes, perhaps many times: it is a
/// trace of its own that is linked to the one which the message comes from, so that a request's trace ends with its answer.
/// </summary>
internal static class OutboxTraces
{
    /// <summary>The span of adding a message, within the trace at hand; null if that is not traced.</summary>
    public static Activity? Enqueue(string kind, Guid id) => Activity.Current is null
        ? null
        : ServiceTraces.Source.StartActivity($"enqueue {kind}", ActivityKind.Producer, parentContext: default, Tags("enqueue", "send", kind, id));

    /// <summary>The span of an attempt. There is one also if nobody traces: log lines and calls to other systems carry its id.</summary>
    public static Activity Deliver(OutboxMessage message)
    {
        // Whatever the worker was started in is not what this belongs to.
        Activity.Current = null;
        var name = $"deliver {message.Kind}";
        ActivityLink[] links = ActivityContext.TryParse(message.TraceParent, traceState: null, out var enqueued) ? [new(enqueued)] : [];
        KeyValuePair<string, object?>[] tags =
            [.. Tags("deliver", "process", message.Kind, message.Id), new("app.outbox.attempt", message.Attempt)];

        return ServiceTraces.Source.StartActivity(name, ActivityKind.Consumer, parentContext: default, tags, links) ?? new Activity(name).Start();
    }

    public static void End(Activity span, OutboxOutcome outcome)
    {
        if (outcome.Result is OutboxResult.Retried or OutboxResult.Parked)
        {
            span.SetTag(RequestRecord.Error, EnumColumns.Name(outcome.Result));
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static KeyValuePair<string, object?>[] Tags(string name, string type, string kind, Guid id) =>
    [
        new("messaging.system", "outbox"),
        new("messaging.operation.name", name),
        new("messaging.operation.type", type),
        new("messaging.destination.name", kind),
        new("messaging.message.id", id.ToString()),
    ];
}
