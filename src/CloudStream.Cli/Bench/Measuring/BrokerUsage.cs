using System.Globalization;
using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Bench.Measuring;

/// <summary>What a broker process has used, as its <c>/metrics</c> says: .NET's own instruments.</summary>
/// <param name="CpuSeconds">Processor time, user and system.</param>
/// <param name="AllocatedBytes">Bytes allocated on the managed heap.</param>
internal sealed record BrokerUsage(double CpuSeconds, double AllocatedBytes)
{
    private const string CpuTime = "dotnet_process_cpu_time_seconds_total";
    private const string Allocated = "dotnet_gc_heap_total_allocated_bytes_total";

    /// <summary>Null where the broker does not say.</summary>
    public static async Task<BrokerUsage?> ReadAsync(Uri server, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using HttpResponseMessage response = await client.GetAsync(new Uri(server, "/metrics"), cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new CommandException($"{server}metrics answers {(int)response.StatusCode}");
        return Parse(await response.Content.ReadAsStringAsync(cancellationToken));
    }

    public static BrokerUsage? Parse(string metrics)
    {
        double? cpu = Sum(metrics, CpuTime);
        double? allocated = Sum(metrics, Allocated);
        return cpu is null || allocated is null ? null : new BrokerUsage(cpu.Value, allocated.Value);
    }

    public BrokerUsage Since(BrokerUsage earlier) => new(CpuSeconds - earlier.CpuSeconds, AllocatedBytes - earlier.AllocatedBytes);

    private static double? Sum(string metrics, string name)
    {
        double? sum = null;
        foreach (ReadOnlySpan<char> line in metrics.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(name, StringComparison.Ordinal) || line.Length == name.Length || line[name.Length] is not ('{' or ' '))
                continue;
            ReadOnlySpan<char> value = line[(line.LastIndexOf('}') is var end and >= 0 ? end + 1 : name.Length)..].Trim();
            int space = value.IndexOf(' ');
            if (double.TryParse(space < 0 ? value : value[..space], NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
                sum = sum.GetValueOrDefault() + number;
        }

        return sum;
    }
}
