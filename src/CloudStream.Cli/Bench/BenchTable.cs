using System.Globalization;
using CloudStream.Cli.Bench.Measuring;
using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Bench;

/// <summary>Reports for people.</summary>
internal static class BenchTable
{
    public static void Print(IReadOnlyList<BenchReport> reports)
    {
        var table = new TextTable("measurement", "records", "seconds", "records/s", "MiB/s", "p50 ms", "p95 ms", "p99 ms", "p99.9 ms",
            "max ms", "broker CPU µs/record", "broker allocated B/record");
        foreach (BenchReport report in reports)
        {
            table.Row(
                report.Name,
                report.Records.ToString(CultureInfo.InvariantCulture),
                Number(report.Elapsed.TotalSeconds, "0.00"),
                Number(report.RecordsPerSecond, "0"),
                Number(report.MebibytesPerSecond, "0.0"),
                Latency(report, 50),
                Latency(report, 95),
                Latency(report, 99),
                Latency(report, 99.9),
                Latency(report, 100),
                Number(report.BrokerCpuMicrosecondsPerRecord, "0.00"),
                Number(report.BrokerAllocatedBytesPerRecord, "0.0"));
        }

        table.Print();
    }

    private static string Latency(BenchReport report, double percent) =>
        report.Latency.Count == 0 ? "" : Number(report.Latency.Percentile(percent) / 1000.0, "0.00");

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
