using System.Diagnostics;

namespace CloudStream.Cli.Bench.Measuring;

/// <summary>Time and the broker's usage between two points.</summary>
internal sealed class BenchClock
{
    private readonly BenchRequest _request;
    private readonly BrokerUsage? _before;
    private readonly long _start;

    private BenchClock(BenchRequest request, BrokerUsage? before)
    {
        _request = request;
        _before = before;
        _start = Stopwatch.GetTimestamp();
    }

    public static async Task<BenchClock> StartAsync(BenchRequest request, CancellationToken cancellationToken) =>
        new(request, await BrokerUsage.ReadAsync(request.Server, cancellationToken));

    public async Task<BenchReport> StopAsync(
        string name, long records, long bytes, LatencyHistogram latency, CancellationToken cancellationToken)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_start);
        BrokerUsage? after = await BrokerUsage.ReadAsync(_request.Server, cancellationToken);
        return new BenchReport(_request.Kafka is null ? name : $"{name} (kafka)", records, bytes, elapsed, latency,
            _before is null ? null : after?.Since(_before));
    }
}
