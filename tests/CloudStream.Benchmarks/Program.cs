using BenchmarkDotNet.Running;
using CloudStream.Benchmarks;

// dotnet run -c Release --project tests/CloudStream.Benchmarks -- --filter '*' BenchmarkDotNet; or '*Crc*', '*Append*', ... dotnet run -c
// Release --project tests/CloudStream.Benchmarks -- small-flushes [COUNT] [FOLDER] an hour of small flushes, made at once dotnet run -c
// Release --project tests/CloudStream.Benchmarks -- many-partitions [SECONDS] what 1,000 partitions cost dotnet run -c Release --project
// tests/CloudStream.Benchmarks -- allocations bytes allocated per batch, fetch and record dotnet run -c Release --project
// tests/CloudStream.Benchmarks -- transfers [COUNT] [FOLDER] what the local store makes of a disk dotnet run -c Release --project
// tests/CloudStream.Benchmarks -- content-check what checking produced records costs, by codec
switch (args)
{
    case ["small-flushes", .. string[] rest]:
        await SmallFlushes.RunAsync(rest);
        break;
    case ["many-partitions", .. string[] rest]:
        await ManyPartitions.RunAsync(rest);
        break;
    case ["transfers", .. string[] rest]:
        await Transfers.RunAsync(rest);
        break;
    case ["content-check"]:
        ContentCheck.Run();
        break;
    case ["allocations"]:
        await Allocations.RunAsync();
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(CrcBenchmarks).Assembly).Run(args);
        break;
}

return 0;
