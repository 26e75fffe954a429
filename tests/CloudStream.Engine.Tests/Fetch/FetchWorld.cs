using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Calls;
using CloudStream.Log.Chunks;
using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.Health;
using CloudStream.Log.Memory;
using CloudStream.Log.Reading;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Log.State;
using CloudStream.Records;
using CloudStream.Records.Compression;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>
/// One partition's log, written object by object as a test wants it, and the reader over it. Remembers what a fetch must return.
/// </summary>
internal sealed class FetchWorld : IAsyncDisposable
{
    public static readonly PartitionId Partition = new(new Guid("22222222-2222-2222-2222-222222222222"), 0);

    private readonly Meter _meter = new("test");
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _counters = [];
    private ulong _objects;
    private bool _isReaderClosed;

    public FetchWorld(Action<BrokerOptions>? configure = null)
    {
        var options = new BrokerOptions();
        configure?.Invoke(options);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == _meter)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            lock (_counters)
                _counters[instrument.Name] = _counters.GetValueOrDefault(instrument.Name) + value;
        });
        _listener.Start();
        var runtime = new BrokerRuntime(Time, new RandomSource(1), NullLoggerFactory.Instance, _meter);
        Troubles = new Troubles(runtime, id => id == Partition.TopicId ? "t" : null);
        Reader = new LogReader(options, runtime, Store, new DamageReporter(Troubles.Damage), new ByteBudget(options.MaxDecodeBytes),
            Shard.Tail);
        Shard.Commit(new PartitionCreatedEntry(0, Partition));
        Shard.Restore();
    }

    public WatchedStore Store { get; } = new();

    public FakeShard Shard { get; } = new();

    public ManualTime Time { get; } = new();

    /// <summary>What the reader has found to be wrong.</summary>
    public Troubles Troubles { get; }

    public LogReader Reader { get; }

    /// <summary>Every committed batch as a consumer must see it.</summary>
    public List<(long Offset, long EndOffset, byte[] Bytes)> Log { get; } = [];

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public PartitionState State => Shard.Register.Find(Partition)!;

    public async ValueTask DisposeAsync()
    {
        await CloseReaderAsync();
        _listener.Dispose();
        _meter.Dispose();
    }

    /// <summary>Ends the reader: what its cache still holds after that is in use.</summary>
    public async ValueTask CloseReaderAsync()
    {
        if (!_isReaderClosed)
            await Reader.DisposeAsync();
        _isReaderClosed = true;
    }

    public long Counter(string name)
    {
        lock (_counters)
            return _counters.GetValueOrDefault(name);
    }

    /// <summary>What an observed instrument shows now.</summary>
    public long Gauge(string name)
    {
        lock (_counters)
            _counters.Remove(name);
        _listener.RecordObservableInstruments();
        return Counter(name);
    }

    public static byte[] Batch(int records, int valueBytes = 10, long timestampMs = 1000,
        CompressionType compression = CompressionType.None)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = compression });
        for (var i = 0; i < records; i++)
            builder.Append(timestampMs + i, null, Enumerable.Repeat((byte)(i + 1), valueBytes).ToArray());
        return builder.Build().ToArray();
    }

    /// <summary>
    /// Flushes batches as one object with one slice, after a slice of a slot that does not exist, so that positions differ from the
    /// object's beginning.
    /// </summary>
    public async Task<ObjectRef> FlushAsync(byte[][] batches, bool keepInTail = false, bool elsewhere = false, bool leaseless = false)
    {
        var reference = new ObjectRef(ObjectKind.Segment, Shard.Register.Version, ++_objects);
        var stranger = Batch(1, 33);
        SegmentItem[] items =
        [
            new SegmentItem(1000, stranger.Length, 1, 0),
            .. batches.Select(
                b => new SegmentItem(0, b.Length, new RecordBatchHeader(b).RecordCount, new RecordBatchHeader(b).MaxTimestamp)),
        ];
        var pieces = new List<ReadOnlyMemory<byte>> { stranger };
        pieces.AddRange(batches.Select(b => new ReadOnlyMemory<byte>(b)));
        var directory = new FlushDirectory([.. items], [1, 2], []);
        var assembly = SegmentAssembly.Create(new SegmentHeader(reference, Shard.Number), pieces, FlushDirectoryCodec.Encode(directory));
        await Store.PutAsync(reference.NameIn(Shard.Number), assembly.Content, Token);
        var patched = batches.Select(Patch).ToArray();
        if (keepInTail)
            Shard.Tail.Add(
                new FlushBuffer([], [stranger, .. patched.Select(b => b.AsMemory())], SegmentLayout.HeaderBytes) { Object = reference });
        Shard.Commit(new FlushEntry(0, reference, leaseless, [.. items], null), elsewhere: elsewhere);
        return reference;
    }

    /// <summary>
    /// Merges the recent slices with these indexes into one object with a chunk per <paramref name="batchesPerChunk"/> batches.
    /// </summary>
    public async Task<ObjectRef> MergeAsync(int first, int count, int batchesPerChunk)
    {
        var inputs = State.Recent.GetRange(first, count);
        var (start, end) = (inputs[0].BaseOffset, inputs[^1].EndOffset);
        var batches = Log.Where(b => b.Offset >= start && b.Offset < end).ToArray();
        var chunks = batches.Chunk(batchesPerChunk)
            .Select(
                c => new SliceChunk(c.Sum(b => b.Bytes.Length), c[^1].EndOffset, c.Max(b => new RecordBatchHeader(b.Bytes).MaxTimestamp)));
        var slice = new MergedSlice(0, batches.Sum(b => b.Bytes.Length), start, end, inputs.Max(s => s.MaxTimestamp), [.. chunks]);
        var reference = new ObjectRef(ObjectKind.Merged, Shard.Register.Version, ++_objects);
        var directory = new MergeDirectory([slice], [1], [], [.. inputs.Select(s => s.Object)]);
        var assembly = SegmentAssembly.Create(
            new SegmentHeader(reference, Shard.Number), [.. batches.Select(b => new ReadOnlyMemory<byte>(b.Bytes))],
            MergeDirectoryCodec.Encode(directory));
        await Store.PutAsync(reference.NameIn(Shard.Number), assembly.Content, Token);
        var output = new MergeOutputSlice(0, slice.Bytes, start, end, slice.MaxTimestamp, inputs[^1].LeaderEpoch);
        Shard.Commit(new MergeEntry(0, [new MergeOutput(reference, 1, [output])], count));
        return reference;
    }

    /// <summary>Moves the oldest recent slices into a page.</summary>
    public async Task PageAsync(int slices)
    {
        var page = IndexPage.OfSlices(Shard.Number, 0, [.. State.Recent.Take(slices)]);
        Shard.Commit(new PageEntry(0, 0, await PutPageAsync(page), 0));
    }

    /// <summary>Folds all pages into one above them.</summary>
    public async Task FoldPagesAsync()
    {
        var pages = State.Pages;
        Shard.Commit(new PageEntry(0, 0, await PutPageAsync(IndexPage.OfPages(Shard.Number, 0, pages)), pages.Length));
    }

    public void Trim(long logStart, bool elsewhere = false) => Shard.Commit(new TrimEntry(0, 0, logStart, []), elsewhere: elsewhere);

    public ValueTask<FetchResult> FetchAsync(
        long offset, int maxBytes = 1 << 20, int minBytes = 1, int waitMs = 0, bool sequential = false, CancellationToken? token = null) =>
            Reader.FetchAsync(
                Shard,
                Partition,
                offset,
                new FetchOptions
                {
                    MaxBytes = maxBytes,
                    MinBytes = minBytes,
                    MaxWait = TimeSpan.FromMilliseconds(waitMs),
                    Sequential = sequential
                },
                token ?? Token);

    public ValueTask<OffsetResult> ListAsync(OffsetSpec spec) => Reader.ListOffsetAsync(Shard, Partition, spec, int.MaxValue, Token);

    public static byte[] Join(IEnumerable<ReadOnlyMemory<byte>> pieces) => [.. pieces.SelectMany(p => p.ToArray())];

    /// <summary>The bytes of the log from the batch that contains the offset on, up to a batch count.</summary>
    public byte[] Expect(long offset, int batches = int.MaxValue) =>
        [.. Log.Where(b => b.EndOffset > offset).Take(batches).SelectMany(b => b.Bytes)];

    private async Task<PageRef> PutPageAsync(IndexPage page)
    {
        var reference = new ObjectRef(ObjectKind.Page, Shard.Register.Version, ++_objects);
        await Store.PutAsync(reference.NameIn(Shard.Number), [PageCodec.Encode(page)], Token);
        return page.ToRef(reference);
    }

    private byte[] Patch(byte[] batch)
    {
        var offset = Log.Count == 0 ? 0 : Log[^1].EndOffset;
        var patched = batch.ToArray();
        RecordBatchLayout.SetBaseOffset(patched, offset);
        RecordBatchLayout.SetPartitionLeaderEpoch(patched, Shard.Register.LeaderEpoch);
        Log.Add((offset, offset + new RecordBatchHeader(batch).RecordCount, patched));
        return patched;
    }
}
