using System.Diagnostics.Metrics;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Face;

/// <summary>The Kafka face's instruments, by OpenTelemetry's naming.</summary>
internal sealed class KafkaMetrics
{
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _received;
    private readonly Counter<long> _sent;

    public KafkaMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("CloudStream.Kafka");
        _connections = meter.CreateUpDownCounter<long>("cloudstream.kafka.connections", "{connection}", "Open connections.");
        _closed = meter.CreateCounter<long>(
            "cloudstream.kafka.connections.cut", "{connection}", "Connections that the broker closed, by reason.");
        _requests = meter.CreateCounter<long>("cloudstream.kafka.requests", "{request}", "Requests, by API.");
        _failures = meter.CreateCounter<long>(
            "cloudstream.kafka.request.failures", "{request}", "Requests that ended in a defect, by API.");
        _received = meter.CreateCounter<long>("cloudstream.kafka.received", "By", "Bytes of requests.");
        _sent = meter.CreateCounter<long>("cloudstream.kafka.sent", "By", "Bytes of responses.");
    }

    public void Opened() => _connections.Add(1);

    public void Closed() => _connections.Add(-1);

    public void Cut(string reason) => _closed.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Request(KafkaApi api, long bytes)
    {
        _requests.Add(1, new KeyValuePair<string, object?>("api", api.Name));
        _received.Add(bytes);
    }

    public void Failed(KafkaApi api) => _failures.Add(1, new KeyValuePair<string, object?>("api", api.Name));

    public void Sent(long bytes) => _sent.Add(bytes);
}
