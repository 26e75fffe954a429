using System.Diagnostics.Metrics;

namespace CloudStream.Http.Face;

/// <summary>Instruments of the HTTP API besides those that ASP.NET Core has for every request. Thread-safe.</summary>
internal sealed class HttpMeters : IDisposable
{
    public const string MeterName = "CloudStream.Http";

    private readonly Meter _meter;
    private readonly Counter<long> _producedRecords;
    private readonly Counter<long> _servedRecords;
    private readonly Counter<long> _batchBytesIn;
    private readonly Counter<long> _batchBytesOut;
    private readonly Counter<long> _refusedCallers;
    private readonly Counter<long> _cut;
    private int _tails;

    public HttpMeters(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _producedRecords = _meter.CreateCounter<long>(
            "cloudstream.http.produced_records", "{record}", "Records committed through the records endpoints.");
        _servedRecords = _meter.CreateCounter<long>(
            "cloudstream.http.served_records", "{record}", "Records sent as JSON, NDJSON or events.");
        _batchBytesIn = _meter.CreateCounter<long>(
            "cloudstream.http.batches.received", "By", "Bytes of record batches committed through the batches endpoints.");
        _batchBytesOut = _meter.CreateCounter<long>("cloudstream.http.batches.sent", "By", "Bytes of record batches sent.");
        _refusedCallers = _meter.CreateCounter<long>(
            "cloudstream.http.refused_callers", "{request}", "Requests refused for the host name or the web page that they came from.");
        _cut = _meter.CreateCounter<long>(
            "cloudstream.http.connections.cut", "{connection}", "Connections that the broker closed, by reason.");
        _meter.CreateObservableUpDownCounter(
            "cloudstream.http.tails", () => Volatile.Read(ref _tails), "{stream}", "Streams of records to readers that are open.");
    }

    public void Produced(long records) => _producedRecords.Add(records);

    public void Served(long records) => _servedRecords.Add(records);

    public void BatchesReceived(long bytes) => _batchBytesIn.Add(bytes);

    public void BatchesSent(long bytes) => _batchBytesOut.Add(bytes);

    public void ConnectionCut(string reason) => _cut.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void CallerRefused(string reason) => _refusedCallers.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>Counts one more stream in unless there are as many as allowed.</summary>
    public bool TryOpenTail(int limit)
    {
        if (Interlocked.Increment(ref _tails) <= limit)
            return true;
        Interlocked.Decrement(ref _tails);
        return false;
    }

    public void CloseTail() => Interlocked.Decrement(ref _tails);

    public void Dispose() => _meter.Dispose();
}
