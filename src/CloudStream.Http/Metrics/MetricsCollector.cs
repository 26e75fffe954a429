using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace CloudStream.Http.Metrics;

/// <summary>
/// Listens to our meters, ASP.NET Core's and the runtime's, and keeps what they say until it is scraped. Meters that belong to another
/// application in the same process are left out. Thread-safe.
/// </summary>
internal sealed class MetricsCollector : IDisposable
{
    private static readonly string[] MeterPrefixes = ["CloudStream", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel",
        "System.Runtime"];

    private readonly ConcurrentDictionary<Instrument, SeriesTable> _tables = [];
    private readonly MeterListener _listener = new();
    private readonly IMeterFactory _meters;
    private readonly ILogger _logger;

    public MetricsCollector(IMeterFactory meters, ILogger logger)
    {
        (_meters, _logger) = (meters, logger);
        _listener.InstrumentPublished = OnPublished;
        _listener.MeasurementsCompleted = (instrument, table) => _tables.TryRemove(instrument, out _);
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, table) => ((SeriesTable)table!).Measure(value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, table) => ((SeriesTable)table!).Measure(value, tags));
        _listener.SetMeasurementEventCallback<decimal>(
            static (_, value, tags, table) => ((SeriesTable)table!).Measure((double)value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, table) => ((SeriesTable)table!).Measure(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, table) => ((SeriesTable)table!).Measure(value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, table) => ((SeriesTable)table!).Measure(value, tags));
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, table) => ((SeriesTable)table!).Measure(value, tags));
        _listener.Start();
    }

    /// <summary>All instruments with what they have measured, observable ones as of now; by name.</summary>
    public IReadOnlyList<SeriesTable> Collect()
    {
        _listener.RecordObservableInstruments();
        return [.. _tables.Values.OrderBy(t => t.Instrument.Name, StringComparer.Ordinal)];
    }

    public void Dispose() => _listener.Dispose();

    private void OnPublished(Instrument instrument, MeterListener listener)
    {
        var meter = instrument.Meter;
        if (meter.Scope is not null && meter.Scope != _meters)
            return;
        if (!Array.Exists(MeterPrefixes, p => meter.Name == p || meter.Name.StartsWith(p + ".", StringComparison.Ordinal))
            || KindOf(instrument) is not { } kind)
            return;
        var table = new SeriesTable(instrument, kind, _logger);
        _tables[instrument] = table;
        listener.EnableMeasurementEvents(instrument, table);
    }

    // Every instrument type is generic: what it is called says what it is.
    private static SeriesKind? KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" => SeriesKind.Counter,
        "ObservableCounter" => SeriesKind.ObservedTotal,
        "UpDownCounter" => SeriesKind.UpDown,
        "ObservableUpDownCounter" or "ObservableGauge" or "Gauge" => SeriesKind.Gauge,
        "Histogram" => SeriesKind.Histogram,
        _ => null,
    };
}
