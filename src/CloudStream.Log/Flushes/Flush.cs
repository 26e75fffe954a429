using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.State;
using CloudStream.Records;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Flushes;

/// <summary>
/// A sealed flush between upload and commit; a small one, whose records travel with its commit, needs no upload. Owned by the shard's
/// loops, one after the other.
/// </summary>
internal sealed class Flush(FlushBuffer buffer, uint dataCrc, ImmutableArray<SegmentItem> items, ReadOnlyMemory<byte> directory,
    int itemBytes, IReadOnlyList<PendingAppend> appends)
{
    private readonly InlineRecords? _records;

    /// <summary>One that is committed inline.</summary>
    public Flush(FlushBuffer buffer, InlineRecords records, IReadOnlyList<PendingAppend> appends)
        : this(buffer, 0, records.Items, default, 0, appends) => _records = records;

    /// <summary>
    /// Items up to this many bytes travel inside the slot, so that it is cheap to write again; beyond it the entry points into the object.
    /// </summary>
    public const int MaxInlineBytes = 1024;

    /// <summary>The same beside other writers: one more unit to write is cheaper than a read of the object by each of them.</summary>
    public const int MaxInlineBytesBesideOthers = 4096;

    public FlushBuffer Buffer => buffer;

    /// <summary>CRC-32C of the buffer's bytes before they are patched, as the object holds them.</summary>
    public uint DataCrc => dataCrc;

    public ImmutableArray<SegmentItem> Items => items;

    /// <summary>The encoded directory that the object's footer carries.</summary>
    public ReadOnlyMemory<byte> Directory => directory;

    /// <summary>The object; of an inline flush what its slices are named by, once its commit is planned.</summary>
    public ObjectRef Object => buffer.Object;

    /// <summary>Whether its records travel with its commit.</summary>
    public bool IsInline => _records is not null;

    /// <summary>Completes when the last of its appends is answered.</summary>
    public Task Settled => appends[^1].Outcome;

    /// <summary>The entry that makes it part of the log.</summary>
    /// <param name="atMs">Writer's clock.</param>
    /// <param name="leaseless">Whether the writer holds no lease.</param>
    /// <param name="maxInlineBytes">Up to how many bytes its items travel with it.</param>
    public Entry ToEntry(long atMs, bool leaseless, int maxInlineBytes) =>
        _records is not null ? new InlineFlushEntry(atMs, leaseless, _records)
        : itemBytes <= maxInlineBytes ? new FlushEntry(atMs, Object, leaseless, items, null)
        : new FlushEntry(atMs, Object, leaseless, default,
            new DirectoryPointer(SegmentLayout.HeaderBytes + buffer.Bytes, directory.Length, Crc32C.Compute(directory.Span)));

    /// <summary>
    /// Writes committed offsets and the leader epoch into the batch headers of what was accepted. The object holds them unpatched, the CRCs
    /// do not cover them.
    /// </summary>
    public void Patch(IReadOnlyList<ItemOutcome> outcomes, int leaderEpoch)
    {
        long position = SegmentLayout.HeaderBytes;
        var piece = 0;
        for (var i = 0; i < items.Length; i++)
        {
            var end = position + items[i].Bytes;
            if (outcomes[i].Error == ErrorCode.None && !outcomes[i].Duplicate)
            {
                var offset = outcomes[i].BaseOffset;
                for (piece = buffer.FindPiece(position); position < end; piece++)
                {
                    var run = buffer.PieceFrom(piece, position, end - position);
                    offset = PatchBatches(run.Span, offset, leaderEpoch);
                    position += run.Length;
                }
            }

            position = end;
        }
    }

    /// <summary>Tells every waiting producer what became of its append.</summary>
    public void Complete(IReadOnlyList<ItemOutcome> outcomes)
    {
        foreach (var append in appends)
            append.Complete(ResultOf(append, outcomes));
    }

    /// <summary>Tells every waiting producer that nothing (or something unknown) came of its append.</summary>
    public void Fail(ErrorCode error, string detail)
    {
        foreach (var append in appends)
            append.Complete(AppendResult.Failed(error, detail));
    }

    private static long PatchBatches(Span<byte> run, long offset, int leaderEpoch)
    {
        while (!run.IsEmpty)
        {
            RecordBatchLayout.SetBaseOffset(run, offset);
            RecordBatchLayout.SetPartitionLeaderEpoch(run, leaderEpoch);
            var header = new RecordBatchHeader(run);
            offset += header.LastOffsetDelta + 1L;
            run = run[header.TotalBytes..];
        }

        return offset;
    }

    private AppendResult ResultOf(PendingAppend append, IReadOnlyList<ItemOutcome> outcomes)
    {
        var (first, count, before) = append.Items;
        var duplicate = true;
        for (var i = first; i < first + count; i++)
        {
            if (outcomes[i].Error != ErrorCode.None)
                return Refusal(items[i], outcomes[i]);
            duplicate &= outcomes[i].Duplicate;
        }

        var start = outcomes[first].BaseOffset + before;
        var last = count == 1 ? start + append.Records - 1 : outcomes[first + count - 1].BaseOffset + items[first + count - 1].Records - 1;
        return new AppendResult(
            ErrorCode.None, start, last, append.LogAppendTimeMs, outcomes[first].LogStartOffset,
            outcomes[first + count - 1].EndOffset, duplicate);
    }

    private static AppendResult Refusal(SegmentItem item, ItemOutcome outcome) => new(
        outcome.Error,
        LogStartOffset: outcome.LogStartOffset,
        LogEndOffset: outcome.EndOffset,
        Detail: outcome.Error switch
        {
            ErrorCode.OffsetMismatch => $"The log ends at offset {outcome.EndOffset}, not at {item.ExpectedOffset}; nothing was appended.",
            ErrorCode.OutOfOrderSequence =>
                $"Sequence {item.BaseSequence} of producer {item.ProducerId} (epoch {item.ProducerEpoch}) does not follow its last one.",
            ErrorCode.InvalidProducerEpoch =>
                $"Epoch {item.ProducerEpoch} of producer {item.ProducerId} is older than the newest one that has written.",
            ErrorCode.UnknownPartition => "The partition was deleted.",
            _ => null,
        });
}
