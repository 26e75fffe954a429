namespace CloudStream.Cli.Bench.Measuring;

/// <summary>What one measurement gave.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Records">How many records.</param>
/// <param name="Bytes">Bytes of their values.</param>
/// <param name="Elapsed">From the first record to the last acknowledgement or delivery.</param>
/// <param name="Latency">Of single records; empty where nothing was timed.</param>
/// <param name="Broker">What the broker process used meanwhile; null where it does not say.</param>
internal sealed record BenchReport(string Name, long Records, long Bytes, TimeSpan Elapsed, LatencyHistogram Latency, BrokerUsage? Broker)
{
    public double RecordsPerSecond => Records / Elapsed.TotalSeconds;

    public double MebibytesPerSecond => Bytes / Elapsed.TotalSeconds / (1024 * 1024);

    public double? BrokerCpuMicrosecondsPerRecord => Broker?.CpuSeconds * 1e6 / Records;

    public double? BrokerAllocatedBytesPerRecord => Broker?.AllocatedBytes / Records;
}
