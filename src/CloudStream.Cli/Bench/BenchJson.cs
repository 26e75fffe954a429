using System.Text;
using System.Text.Json;
using CloudStream.Cli.Bench.Measuring;

namespace CloudStream.Cli.Bench;

/// <summary>Reports for programs: one object with what was asked for and one entry per measurement.</summary>
internal static class BenchJson
{
    public static void Print(IReadOnlyList<BenchReport> reports, BenchRequest request)
    {
        var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("protocol", request.Kafka is null ? "http" : "kafka");
            writer.WriteNumber("recordBytes", request.RecordBytes);
            writer.WriteNumber("partitions", request.Partitions);
            writer.WriteString("compression", request.Compression.ToString().ToLowerInvariant());
            writer.WriteStartArray("measurements");
            foreach (BenchReport report in reports)
                Write(writer, report);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        Console.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private static void Write(Utf8JsonWriter writer, BenchReport report)
    {
        writer.WriteStartObject();
        writer.WriteString("name", report.Name);
        writer.WriteNumber("records", report.Records);
        writer.WriteNumber("bytes", report.Bytes);
        writer.WriteNumber("seconds", report.Elapsed.TotalSeconds);
        writer.WriteNumber("recordsPerSecond", report.RecordsPerSecond);
        writer.WriteNumber("mebibytesPerSecond", report.MebibytesPerSecond);
        if (report.Latency.Count > 0)
            WriteLatency(writer, report.Latency);
        if (report.Broker is { } broker)
        {
            writer.WriteStartObject("broker");
            writer.WriteNumber("cpuSeconds", broker.CpuSeconds);
            writer.WriteNumber("allocatedBytes", broker.AllocatedBytes);
            writer.WriteNumber("cpuMicrosecondsPerRecord", report.BrokerCpuMicrosecondsPerRecord!.Value);
            writer.WriteNumber("allocatedBytesPerRecord", report.BrokerAllocatedBytesPerRecord!.Value);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteLatency(Utf8JsonWriter writer, LatencyHistogram latency)
    {
        writer.WriteStartObject("latencyMs");
        foreach ((string name, double percent) in (ReadOnlySpan<(string, double)>)[("p50", 50), ("p95", 95), ("p99", 99), ("p999", 99.9),
            ("max", 100)])
            writer.WriteNumber(name, latency.Percentile(percent) / 1000.0);
        writer.WriteEndObject();
    }
}
