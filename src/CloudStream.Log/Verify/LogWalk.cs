using CloudStream.Log.Cache;
using CloudStream.Log.Chunks;
using CloudStream.Log.Flushes;
using CloudStream.Log.Index;
using CloudStream.Log.Memory;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Records;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Log.Verify;

/// <summary>
/// Reads the logs of one shard chunk by chunk, as readers find them, and checks all that they check and what they do not look at: headers,
/// directories, the checksums of slices. Nothing that is read is kept, but what shared objects say of themselves and a few index pages.
/// Used by one task.
/// </summary>
internal sealed class LogWalk : IAsyncDisposable
{
    private const long CacheBytes = 32 * 1024 * 1024;

    private readonly int _shard;
    private readonly BrokerRuntime _runtime;
    private readonly VerifyReport _report;
    private readonly FetchMetrics _metrics;
    private readonly ObjectReads _reads;
    private readonly Dictionary<ObjectRef, SegmentContents?> _shared = [];
    private BlockCache _cache;
    private IndexPageReader _index;
    private ChunkReader _chunks;
    private (ObjectRef Object, SegmentContents? Contents) _last;
    private (Slice? Slice, long Position, uint Crc) _sum;

    public LogWalk(int shard, IObjectStore store, BrokerRuntime runtime, VerifyReport report)
    {
        (_shard, _runtime, _report) = (shard, runtime, report);
        _metrics = new FetchMetrics(runtime.Meter);
        _reads = new ObjectReads(store, runtime, _metrics);
        (_cache, _index, _chunks) = Open();
    }

    /// <summary>Forgets what was read of index pages and directories, and what could not be.</summary>
    public async ValueTask ForgetAsync()
    {
        await _cache.DisposeAsync();
        (_cache, _index, _chunks) = Open();
    }

    /// <summary>Reads the chunk that holds <paramref name="offset"/>.</summary>
    /// <exception cref="StoreException">The store fails in a way that says nothing of what it holds.</exception>
    public async ValueTask<VerifyStep> StepAsync(
        ShardState state, PartitionState partition, long offset, CancellationToken cancellationToken)
    {
        var found = await _index.FindAsync(_shard, partition, offset, timestamp: long.MinValue, cancellationToken);
        if (found.Failure is { } unread)
            return Unreadable(found.Failed, unread);
        if (found.Slice is not { } slice || slice.BaseOffset > offset)
            return Unreadable(
                new FailedBlock(null, offset, found.Slice?.BaseOffset ?? partition.EndOffset),
                new StoreException(StoreErrorKind.Corrupt, "the index has no slice for it"));
        var located = await _chunks.LocateAsync(_shard, slice, offset, timestamp: long.MinValue, cancellationToken);
        if (located.Failure is not null)
            return Unreadable(ChunkReader.DirectoryOf(_shard, slice), located.Failure);
        var contents = located.Location.Records is null ? await ContentsAsync(state, slice.Object, cancellationToken) : null;
        _report.InlineSlices += located.Location.Records is null ? 0 : 1;
        if (slice.BaseOffset == located.Location.BaseOffset && contents?.Complain(partition.Slot, slice) is { } complaint)
            Note(state, slice.Object, complaint);
        return await ReadAsync(state, slice, located.Location, contents, cancellationToken);
    }

    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    private (BlockCache Cache, IndexPageReader Index, ChunkReader Chunks) Open()
    {
        var cache = new BlockCache(
            CacheBytes, new HistoryBudget(1, CacheBytes), _reads, _metrics, NullLogger.Instance, _runtime.Time);
        return (cache, new IndexPageReader(cache), new ChunkReader(cache, new TailMemory(0)));
    }

    // Of what lies alone in its object nobody asks twice, but chunk by chunk.
    private async ValueTask<SegmentContents?> ContentsAsync(ShardState state, ObjectRef reference, CancellationToken cancellationToken)
    {
        if (_last.Object == reference)
            return _last.Contents;
        if (!_shared.TryGetValue(reference, out var contents))
        {
            contents = await ReadContentsAsync(state, reference, cancellationToken);
            _report.Objects++;
            if (state.Objects.TryGetValue(reference, out var live) && live.LiveSlices > 1)
                _shared.Add(reference, contents);
        }

        _last = (reference, contents);
        return contents;
    }

    // One that is missing is told by its records.
    private async ValueTask<SegmentContents?> ReadContentsAsync(
        ShardState state, ObjectRef reference, CancellationToken cancellationToken)
    {
        try
        {
            return await SegmentContents.ReadAsync(_reads, _shard, reference, cancellationToken);
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Corrupt)
        {
            Note(state, reference, e.Message);
            return null;
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
        {
            return null;
        }
    }

    private async ValueTask<VerifyStep> ReadAsync(
        ShardState state, Slice slice, ChunkLocation location, SegmentContents? contents, CancellationToken cancellationToken)
    {
        var room = location.Bytes >= BufferPool.LargeBytes ? location.Bytes + ObjectRanges.SlackBytes : location.Bytes;
        var buffer = BufferPool.Shared.Rent(room);
        try
        {
            var bytes = await ChunkRequest.ReadAsync(location, _reads, buffer.Memory, cancellationToken);
            _report.Read(bytes.Length);
            using var scan = new ChunkScan(location);
            scan.Add(bytes.Span);
            if (scan.End() is { } complaint)
                throw new StoreException(StoreErrorKind.Corrupt, complaint);
            Sum(state, slice, location, bytes.Span, contents);
            return new VerifyStep(location.EndOffset, null, default);
        }
        catch (StoreException e)
        {
            return Unreadable(new FailedBlock(location.Key, location.BaseOffset, location.EndOffset), e);
        }
        finally
        {
            BufferPool.Shared.Return(buffer);
        }
    }

    // Chunks come in order; where one is left out, for it is damaged or lies below the log start, nothing can be said of the slice.
    private void Sum(ShardState state, Slice slice, ChunkLocation location, ReadOnlySpan<byte> bytes, SegmentContents? contents)
    {
        if (location.Key.Position == slice.Position)
            _sum = (slice, slice.Position, 0);
        if (_sum.Slice != slice || _sum.Position != location.Key.Position)
            return;
        _sum = (slice, _sum.Position + bytes.Length, Crc32C.Append(_sum.Crc, bytes));
        if (_sum.Position == slice.Position + slice.Bytes && contents?.CrcOf(slice) is { } crc && crc != _sum.Crc)
            Note(state, slice.Object,
                $"the {slice.Bytes} bytes at {slice.Position} do not match their CRC-32C, though the records in them do");
    }

    // An object never changes, so what it says of itself needs no second look. Of one that records were given up with it is known.
    private void Note(ShardState state, ObjectRef reference, string complaint)
    {
        if (IsGivenUp(state, reference))
            return;
        var name = reference.NameIn(_shard);
        _report.Found(new Finding(FindingKind.Object, $"The object {name} is damaged: {complaint}.") { Shard = _shard, ObjectName = name });
    }

    private static bool IsGivenUp(ShardState state, ObjectRef reference) => state.Partitions.Values.Any(
        p => !p.Losses.IsEmpty && p.Recent.Any(s => s.Object == reference && p.HasLossIn(s.BaseOffset, s.EndOffset)));

    private static VerifyStep Unreadable(FailedBlock failed, StoreException failure) =>
        failure.Kind is StoreErrorKind.Corrupt or StoreErrorKind.NotFound
            ? new VerifyStep(failed.EndOffset, failure, failed)
            : throw failure;
}
