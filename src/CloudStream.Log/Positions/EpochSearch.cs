using CloudStream.Log.Calls;
using CloudStream.Log.Index;
using CloudStream.Log.Reading;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;
using CloudStream.Records;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Positions;

/// <summary>
/// Finds where the records of a leader epoch end (Kafka: OffsetForLeaderEpoch, KIP-320). Epochs never go down along a log, so it is a
/// binary search: by slices first, then, in a merged slice that holds several epochs, by batches. Thread-safe.
/// </summary>
internal sealed class EpochSearch(IndexPageReader index, PartitionReader reader, EndOfLogWait wait)
{
    private static readonly OffsetResult s_unknown = new(ErrorCode.None);

    /// <summary>
    /// One past the last record whose epoch is <paramref name="epoch"/> or less, and the largest such epoch; -1 and -1 for an epoch that
    /// has not been yet.
    /// </summary>
    public async ValueTask<OffsetResult> FindEndAsync(IShardLog shard, PartitionId id, int epoch, CancellationToken cancellationToken)
    {
        try
        {
            var state = await wait.RefreshAsync(shard, cancellationToken);
            if (state.Find(id) is not { } partition)
                return new OffsetResult(ErrorCode.UnknownPartition, Detail: "There is no such partition.");
            if (epoch < 0 || epoch > state.LeaderEpoch)
                return s_unknown;
            if (epoch == state.LeaderEpoch)
                return new OffsetResult(ErrorCode.None, partition.EndOffset, LeaderEpoch: epoch);
            var end = await FindFirstAboveAsync(shard, partition, epoch, cancellationToken);
            var last = end > partition.LogStartOffset ? (await BatchAtAsync(shard, partition, end - 1, cancellationToken)).Epoch : epoch;
            return new OffsetResult(ErrorCode.None, end, LeaderEpoch: last);
        }
        catch (StoreException failure)
        {
            return new OffsetResult(FetchFailure.CodeOf(shard, failure), Detail: "What is stored about leader epochs cannot be read.");
        }
    }

    // The first offset whose epoch is above the wanted one; the log's end when there is none.
    private async ValueTask<long> FindFirstAboveAsync(
        IShardLog shard, PartitionState partition, int epoch, CancellationToken cancellationToken)
    {
        var (low, high) = (partition.LogStartOffset, partition.EndOffset);
        Slice? above = null;
        while (low < high)
        {
            var slice = await SliceAtAsync(shard, partition, low + ((high - low) / 2), cancellationToken);
            if (slice.LeaderEpoch <= epoch)
                low = slice.EndOffset;
            else
                (above, high) = (slice, Math.Max(low, slice.BaseOffset));
        }

        // A merged slice says the epoch of its last batch; the first ones may be older.
        for (high = above is { Object.Kind: ObjectKind.Merged } ? above.EndOffset : low; low < high;)
        {
            var batch = await BatchAtAsync(shard, partition, low + ((high - low) / 2), cancellationToken);
            if (batch.Epoch <= epoch)
                low = batch.EndOffset;
            else
                high = Math.Max(low, batch.BaseOffset);
        }

        return low;
    }

    private async ValueTask<Slice> SliceAtAsync(IShardLog shard, PartitionState partition, long offset, CancellationToken cancellationToken)
    {
        var found = await index.FindAsync(shard.Number, partition, offset, timestamp: long.MinValue, cancellationToken);
        if (found.Slice is null && partition.SkipLosses(offset) is var beyond && beyond > offset)
        {
            // Given up together with the page that says where it lies: as old as what comes behind it.
            var epoch = beyond < partition.EndOffset
                ? (await SliceAtAsync(shard, partition, beyond, cancellationToken)).LeaderEpoch
                : shard.State.LeaderEpoch;
            return new Slice(default, 0, 0, offset, beyond, -1, epoch);
        }

        return found.Slice ?? throw found.Failure
            ?? new StoreException(StoreErrorKind.Corrupt, $"the index of shard {shard.Number} has no slice for offset {offset}");
    }

    private async ValueTask<(long BaseOffset, long EndOffset, int Epoch)> BatchAtAsync(
        IShardLog shard, PartitionState partition, long offset, CancellationToken cancellationToken)
    {
        var slice = await SliceAtAsync(shard, partition, offset, cancellationToken);
        if (partition.SkipLosses(offset) is var beyond && beyond > offset)
        {
            // Given up: as old as what comes behind it.
            var epoch = beyond < slice.EndOffset
                ? (await BatchAtAsync(shard, partition, beyond, cancellationToken)).Epoch
                : slice.LeaderEpoch;
            return (offset, Math.Min(beyond, slice.EndOffset), epoch);
        }

        using var pieces = new FetchPieces(offset, 1);
        if (await reader.CollectAsync(shard, partition, slice, pieces, aheadBytes: 0, cancellationToken) is { } failure)
            throw failure;
        var header = new RecordBatchHeader(pieces.Pieces[0].Span);
        return (header.BaseOffset, header.NextOffset, header.PartitionLeaderEpoch);
    }
}
