using System.Collections.Frozen;
using System.Diagnostics;
using OpenTelemetry;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Lets out the attributes on this list and no other, of whatever instrumentation. So a path, a query or a user agent, which hold what a
/// client likes, leave no trace, and no later version of the runtime can change that.
/// </summary>
internal sealed class SpanAttributes : BaseProcessor<Activity>
{
    // Names and meaning: the semantic conventions for HTTP, databases and messaging. A statement's text has its values in parameters.
    private static readonly FrozenSet<string> Known = FrozenSet.ToFrozenSet(
    [
        RequestRecord.Method, RequestRecord.Route, RequestRecord.Status, RequestRecord.Scheme, RequestRecord.Version, RequestRecord.Error,
        "http.request.resend_count", "server.address", "server.port",
        "db.system.name", "db.namespace", "db.query.text", "db.collection.name", "db.operation.name", "db.stored_procedure.name",
        "db.response.status_code", "db.npgsql.data_source", "db.npgsql.prepared", "db.npgsql.rows",
        "messaging.system", "messaging.destination.name", "messaging.operation.name", "messaging.operation.type", "messaging.message.id",
        "app.outbox.attempt",
    ]);

    public override void OnEnd(Activity data)
    {
        List<string>? strangers = null;

        foreach (ref readonly var tag in data.EnumerateTagObjects())
        {
            if (!Known.Contains(tag.Key))
            {
                (strangers ??= []).Add(tag.Key);
            }
        }

        strangers?.ForEach(stranger => data.SetTag(stranger, null));

        // The words of an exception.
        if (data.StatusDescription is not null)
        {
            data.SetStatus(data.Status);
        }
    }
}
