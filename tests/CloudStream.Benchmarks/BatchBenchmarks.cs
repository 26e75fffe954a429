using BenchmarkDotNet.Attributes;
using CloudStream.Records;

namespace CloudStream.Benchmarks;

/// <summary>What the broker does with a batch (read its header, check it) and what a client does (read its records).</summary>
[ShortRunJob]
[MemoryDiagnoser]
public class BatchBenchmarks
{
    private ReadOnlyMemory<byte> _batch;

    [Params(1, 100)]
    public int Records { get; set; }

    [GlobalSetup]
    public void Build() => _batch = SampleBatches.Of(Records, recordBytes: 1024);

    [Benchmark]
    public long ParseHeader()
    {
        var header = new RecordBatchHeader(_batch.Span);
        return header.BaseOffset + header.LastOffsetDelta + header.RecordCount + header.MaxTimestamp + header.ProducerId;
    }

    [Benchmark]
    public bool Validate() => RecordBatchValidator.Validate(_batch.Span, 4 * 1024 * 1024).IsValid;

    [Benchmark]
    public long ReadRecords()
    {
        long bytes = 0;
        using RecordReader reader = RecordBatchReader.Read(_batch);
        while (reader.TryRead(out Record record))
            bytes += record.Value.GetValueOrDefault().Length;
        return bytes;
    }
}
