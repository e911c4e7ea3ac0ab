using System.Globalization;

namespace HardenedService.Tests.Telemetry;

/// <summary>A span as it was exported. Ids are in hexadecimal; of a root the parent is empty.</summary>
internal sealed record OtlpSpan(
    string Service,
    string Scope,
    string Name,
    OtlpSpanKind Kind,
    string TraceId,
    string SpanId,
    string ParentId,
    string TraceState,
    OtlpStatus Status,
    string StatusDescription,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<OtlpLink> Links,
    IReadOnlyList<OtlpEvent> Events);

internal sealed record OtlpLink(string TraceId, string SpanId);

internal sealed record OtlpEvent(string Name, IReadOnlyDictionary<string, string> Attributes);

internal enum OtlpSpanKind
{
    Unspecified = 0,
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

internal enum OtlpStatus
{
    Unset = 0,
    Ok = 1,
    Error = 2,
}

/// <summary>An instrument as it was exported, with the points of one export.</summary>
internal sealed record OtlpMetric(
    string Scope, string Name, string Description, string Unit, OtlpMetricKind Kind, bool IsMonotonic, IReadOnlyList<OtlpPoint> Points);

internal enum OtlpMetricKind
{
    Gauge,
    Sum,
    Histogram,
    ExponentialHistogram,
}

/// <summary>One series of an instrument.</summary>
/// <param name="Attributes">Its labels.</param>
/// <param name="Value">The number; of a histogram the sum.</param>
/// <param name="Count">Of a histogram, how many values there were.</param>
/// <param name="Bounds">Of a histogram, the bounds of its buckets.</param>
internal sealed record OtlpPoint(IReadOnlyDictionary<string, string> Attributes, double Value, ulong Count, IReadOnlyList<double> Bounds);

/// <summary>A record of the log as it was exported.</summary>
internal sealed record OtlpLog(
    string Scope,
    string Body,
    int Severity,
    string SeverityText,
    string EventName,
    string TraceId,
    string SpanId,
    IReadOnlyDictionary<string, string> Attributes);

/// <summary>Reads what an exporter posts, by the numbers of opentelemetry-proto 1.x.</summary>
internal static class OtlpData
{
    public static IEnumerable<OtlpSpan> Spans(ReadOnlyMemory<byte> body) =>
        from resource in new ProtobufMessage(body).Messages(1)
        let service = Attributes(resource.Message(1), 1).GetValueOrDefault("service.name", "")
        from scope in resource.Messages(2)
        from span in scope.Messages(2)
        select new OtlpSpan(
            service,
            scope.Message(1).Text(1),
            span.Text(5),
            (OtlpSpanKind)span.Number(6),
            span.Hex(1),
            span.Hex(2),
            span.Hex(4),
            span.Text(3),
            (OtlpStatus)span.Message(15).Number(3),
            span.Message(15).Text(2),
            Attributes(span, 9),
            [.. span.Messages(13).Select(link => new OtlpLink(link.Hex(1), link.Hex(2)))],
            [.. span.Messages(11).Select(happened => new OtlpEvent(happened.Text(2), Attributes(happened, 3)))]);

    public static IEnumerable<OtlpMetric> Metrics(ReadOnlyMemory<byte> body) =>
        from resource in new ProtobufMessage(body).Messages(1)
        from scope in resource.Messages(2)
        from metric in scope.Messages(2)
        let kind = metric.Has(5) ? OtlpMetricKind.Gauge
            : metric.Has(7) ? OtlpMetricKind.Sum
            : metric.Has(9) ? OtlpMetricKind.Histogram
            : OtlpMetricKind.ExponentialHistogram
        select new OtlpMetric(
            scope.Message(1).Text(1),
            metric.Text(1),
            metric.Text(2),
            metric.Text(3),
            kind,
            metric.Message(7).Number(3) == 1,
            [.. metric.Message(FieldOf(kind)).Messages(1).Select(point => Point(point, kind))]);

    public static IEnumerable<OtlpLog> Logs(ReadOnlyMemory<byte> body) =>
        from resource in new ProtobufMessage(body).Messages(1)
        from scope in resource.Messages(2)
        from record in scope.Messages(2)
        select new OtlpLog(
            scope.Message(1).Text(1),
            Value(record.Message(5)),
            (int)record.Number(2),
            record.Text(3),
            record.Text(12),
            record.Hex(9),
            record.Hex(10),
            Attributes(record, 6));

    private static int FieldOf(OtlpMetricKind kind) => kind switch
    {
        OtlpMetricKind.Gauge => 5,
        OtlpMetricKind.Sum => 7,
        OtlpMetricKind.Histogram => 9,
        _ => 10,
    };

    private static OtlpPoint Point(ProtobufMessage point, OtlpMetricKind kind) => kind switch
    {
        OtlpMetricKind.Histogram => new(Attributes(point, 9), point.Double(5), point.Number(4), [.. Doubles(point.Bytes(7))]),
        OtlpMetricKind.ExponentialHistogram => new(Attributes(point, 1), point.Double(5), point.Number(4), []),
        _ => new(Attributes(point, 7), point.Has(4) ? point.Double(4) : (long)point.Number(6), 0, []),
    };

    private static IEnumerable<double> Doubles(ReadOnlyMemory<byte> packed) =>
        Enumerable.Range(0, packed.Length / sizeof(double)).Select(index => BitConverter.ToDouble(packed.Span[(index * sizeof(double))..]));

    private static Dictionary<string, string> Attributes(ProtobufMessage message, int field) =>
        message.Messages(field).ToDictionary(pair => pair.Text(1), pair => Value(pair.Message(2)));

    // As text, whatever its kind: tests compare and search.
    private static string Value(ProtobufMessage value) =>
        value.Has(2) ? value.Number(2) == 1 ? "true" : "false"
        : value.Has(3) ? ((long)value.Number(3)).ToString(CultureInfo.InvariantCulture)
        : value.Has(4) ? value.Double(4).ToString(CultureInfo.InvariantCulture)
        : value.Has(5) ? string.Join(',', value.Message(5).Messages(1).Select(Value))
        : value.Has(6) ? string.Join(',', value.Message(6).Messages(1).Select(pair => $"{pair.Text(1)}={Value(pair.Message(2))}"))
        : value.Has(7) ? value.Hex(7)
        : value.Text(1);
}
