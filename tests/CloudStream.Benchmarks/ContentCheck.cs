using System.Buffers;
using System.Text;
using CloudStream.Records;
using CloudStream.Records.Compression;
using CloudStream.Records.Tests;

namespace CloudStream.Benchmarks;

/// <summary>
/// What checking the records of produced batches costs beside what is done anyway, which is comparing the header and the checksum:
/// processor time and allocated bytes per batch of 100 KiB of text-like records, by codec. Batches lie in pieces of 64 KiB, as they come
/// off a connection.
/// </summary>
internal static class ContentCheck
{
    private const int PlainBytes = 100 * 1024, PieceBytes = 64 * 1024;

    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(1);

    public static void Run()
    {
        Console.WriteLine(
            "Batches of 100 KiB of records, before compression; with the check: header, checksum and every record; without: header and "
                + "checksum.");
        Console.WriteLine();
        Console.WriteLine("| codec | record | batch | without | with | records/s checked | plain MiB/s checked | allocated per batch |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (int recordBytes in (int[])[100, 1024])
        {
            foreach (CompressionType type in Enum.GetValues<CompressionType>())
                Measure(type, recordBytes);
        }
    }

    private static void Measure(CompressionType type, int recordBytes)
    {
        byte[] batch = Batch(type, recordBytes);
        var pieces = Pieces.Of(batch, PieceBytes);
        var (without, _) = Time(() => Validate(pieces));
        var (with, allocated) = Time(() =>
        {
            Validate(pieces);
            Scan(pieces);
        });
        double perSecond = 1e6 / with;
        Console.WriteLine(
            $"| {type.ToString().ToLowerInvariant()} | {recordBytes} B | {batch.Length:N0} B | {without:N1} µs | {with:N1} µs "
                + $"| {perSecond * (PlainBytes / recordBytes):N0} | {perSecond * PlainBytes / 1024 / 1024:N0} | {allocated:N0} bytes |");
    }

    private static void Validate(ReadOnlySequence<byte> batch)
    {
        if (!RecordBatchValidator.Validate(batch, int.MaxValue).IsValid)
            throw new InvalidOperationException("The batch is sound.");
    }

    private static void Scan(ReadOnlySequence<byte> batch)
    {
        using var records = new RecordScanner(batch, int.MaxValue);
        while (records.MoveNext())
        {
        }

        if (records.Complaint is { } complaint)
            throw new InvalidOperationException(complaint);
    }

    private static (double Microseconds, long AllocatedBytes) Time(Action action)
    {
        for (int i = 0; i < 200; i++)
            action();
        long rounds = 0, before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan began = Environment.CpuUsage.TotalTime;
        for (; Environment.CpuUsage.TotalTime - began < s_time; rounds += 10)
        {
            for (int i = 0; i < 10; i++)
                action();
        }

        TimeSpan took = Environment.CpuUsage.TotalTime - began;
        return (took.TotalMicroseconds / rounds, (GC.GetAllocatedBytesForCurrentThread() - before) / rounds);
    }

    // Half of each value is words, half is noise: it compresses to a little more than half.
    private static byte[] Batch(CompressionType type, int recordBytes)
    {
        var random = new Random(recordBytes);
        byte[] words = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("order shipped to customer; ", recordBytes)));
        byte[] value = new byte[recordBytes];
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type });
        for (int i = 0; i < PlainBytes / recordBytes; i++)
        {
            random.NextBytes(value);
            words.AsSpan(random.Next(20), recordBytes / 2).CopyTo(value);
            builder.Append(1_700_000_000_000 + i, "key"u8, value);
        }

        return builder.Build().ToArray();
    }
}
