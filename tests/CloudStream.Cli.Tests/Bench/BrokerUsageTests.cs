using CloudStream.Cli.Bench.Measuring;

namespace CloudStream.Cli.Tests.Bench;

public sealed class BrokerUsageTests
{
    [Fact]
    public void ProcessorTimeIsTheSumOfItsModes()
    {
        const string Metrics = """
            # HELP dotnet_process_cpu_time_seconds_total CPU time
            # TYPE dotnet_process_cpu_time_seconds_total counter
            dotnet_process_cpu_time_seconds_total{cpu_mode="user"} 1.5
            dotnet_process_cpu_time_seconds_total{cpu_mode="system"} 0.25
            dotnet_gc_heap_total_allocated_bytes_total 123456
            dotnet_gc_heap_total_allocated_bytes_total_other 9
            """;
        Assert.Equal(new BrokerUsage(1.75, 123456), BrokerUsage.Parse(Metrics));
    }

    [Fact]
    public void ABrokerThatDoesNotSayIsNoFailure() => Assert.Null(BrokerUsage.Parse("up 1\n"));

    [Fact]
    public void UsageIsADifference() => Assert.Equal(new BrokerUsage(1, 50), new BrokerUsage(3, 80).Since(new BrokerUsage(2, 30)));
}
