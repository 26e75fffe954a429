using BenchmarkDotNet.Attributes;
using CloudStream.Records;

namespace CloudStream.Benchmarks;

/// <summary>CRC-32C of a batch's bytes: what every produce pays per byte.</summary>
[ShortRunJob]
[MemoryDiagnoser]
public class CrcBenchmarks
{
    private byte[] _bytes = [];

    [Params(1024, 64 * 1024, 1024 * 1024)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _bytes = new byte[Bytes];
        new Random(1).NextBytes(_bytes);
    }

    [Benchmark]
    public uint Compute() => Crc32C.Compute(_bytes);
}
