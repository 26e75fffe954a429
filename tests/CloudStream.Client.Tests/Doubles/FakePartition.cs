using System.Buffers.Binary;
using CloudStream.Records;

namespace CloudStream.Client.Tests.Doubles;

/// <summary>One partition's log as a broker keeps it: batches with offsets, and the last five sequence ranges of each producer.</summary>
internal sealed class FakePartition
{
    private readonly Dictionary<long, List<(int First, int Last, long BaseOffset)>> _producers = [];

    public List<byte[]> Batches { get; } = [];

    public long LogStartOffset { get; set; }

    public long EndOffset { get; private set; }

    /// <summary>
    /// Appends like the engine: a duplicate gets its offset back, a gap is refused, an unknown producer may begin anywhere.
    /// </summary>
    /// <returns>The base offset; or -1 for out of order.</returns>
    public (long BaseOffset, bool Duplicate) Append(byte[] batch)
    {
        var header = new RecordBatchHeader(batch);
        if (RecordBatchValidator.Validate(batch, 1_048_588).Status != BatchValidationStatus.Ok)
            throw new InvalidOperationException("The client sent a bad batch.");
        if (header.ProducerId >= 0)
        {
            var ranges = _producers.GetValueOrDefault(header.ProducerId) ?? [];
            foreach (var known in ranges)
            {
                if (known.First == header.BaseSequence && known.Last == header.LastSequence)
                    return (known.BaseOffset, true);
            }

            if (ranges.Count > 0 && header.BaseSequence != ranges[^1].Last + 1)
                return (-1, false);
            ranges.Add((header.BaseSequence, header.LastSequence, EndOffset));
            if (ranges.Count > 5)
                ranges.RemoveAt(0);
            _producers[header.ProducerId] = ranges;
        }

        var stored = (byte[])batch.Clone();
        BinaryPrimitives.WriteInt64BigEndian(stored, EndOffset);
        var baseOffset = EndOffset;
        Batches.Add(stored);
        EndOffset += header.RecordCount;
        return (baseOffset, false);
    }

    public void ForgetProducers() => _producers.Clear();

    /// <summary>A batch goes in as another producer would send it.</summary>
    public void Add(params string[] values)
    {
        using var builder = new RecordBatchBuilder();
        foreach (var value in values)
            builder.Append(1_000 + EndOffset, ReadOnlySpan<byte>.Empty, System.Text.Encoding.UTF8.GetBytes(value));
        Append(builder.Build().ToArray());
    }

    public byte[] Fetch(long offset, int maxBytes)
    {
        using var bytes = new MemoryStream();
        foreach (var batch in Batches)
        {
            if (new RecordBatchHeader(batch).NextOffset <= offset)
                continue;
            if (bytes.Length > 0 && bytes.Length + batch.Length > maxBytes)
                break;
            bytes.Write(batch);
        }

        return bytes.ToArray();
    }

    public List<string> Values()
    {
        var values = new List<string>();
        foreach (var batch in Batches)
        {
            using var reader = RecordBatchReader.Read(batch);
            foreach (var record in reader)
                values.Add(System.Text.Encoding.UTF8.GetString(record.Value.GetValueOrDefault().Span));
        }

        return values;
    }
}
