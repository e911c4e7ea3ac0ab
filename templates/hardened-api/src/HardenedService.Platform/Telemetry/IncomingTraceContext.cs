using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// What of a request's trace headers is believed: nothing, unless the caller in front is trusted. A stranger's <c>traceparent</c> would
/// choose our trace ids, decide what is sampled, and join requests that have nothing to do with each other.
/// </summary>
internal sealed class IncomingTraceContext(IOptions<TelemetryOptions> options) : DistributedContextPropagator
{
    // What the standard asks everybody to pass on at the least (W3C Trace Context, section 3.3.1.5); more is not passed on at all.
    private const int MaxTraceState = 512;

    private readonly DistributedContextPropagator _w3c = CreateW3CPropagator();
    private readonly bool _trusted = options.Value.TrustTraceContext;

    public override IReadOnlyCollection<string> Fields => _w3c.Fields;

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter) => _w3c.Inject(activity, carrier, setter);

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        (traceId, traceState) = (null, null);

        if (!_trusted)
        {
            return;
        }

        _w3c.ExtractTraceIdAndState(carrier, getter, out var parent, out var state);

        // With an id of any other form the framework would give up ours, too.
        if (ActivityContext.TryParse(parent, traceState: null, out _))
        {
            (traceId, traceState) = (parent, state is { Length: <= MaxTraceState } ? state : null);
        }
    }

    // Nobody here reads it, and whatever is in it would go out again to every system that is called.
    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
