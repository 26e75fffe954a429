using System.Diagnostics.Metrics;
using System.Text;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.Health;
using CloudStream.Log.Journal;
using CloudStream.Log.Memory;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Log.State;
using CloudStream.Records;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Shards;

/// <summary>Shard 0 over memory stores, opened by as many processes as a test wants.</summary>
internal sealed class ShardCluster : IAsyncDisposable
{
    public static readonly PartitionId Partition = new(new Guid("11111111-1111-1111-1111-111111111111"), 0);
    public static readonly PartitionId Other = new(new Guid("11111111-1111-1111-1111-111111111111"), 1);

    private readonly List<Shard> _open = [];
    private readonly Meter _meter = new("test");
    private int _seed = 1;

    public MemoryObjectStore Objects { get; init; } = new();

    public MemoryMetadataStore Registers { get; init; } = new();

    /// <summary>What all processes' calls cost.</summary>
    public Bill Bill { get; } = new();

    /// <summary>The shard's ring.</summary>
    public JournalRing Ring { get; init; } = new("test", JournalRing.DefaultSlots);

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A process of its own on the shared stores, loaded, with the two partitions there.</summary>
    public async Task<Process> OpenAsync(Action<BrokerOptions>? configure = null, bool createPartitions = true, TimeProvider? time = null)
    {
        var options = new BrokerOptions { FlushInterval = TimeSpan.Zero };
        configure?.Invoke(options);
        var metadata = new HookedMetadataStore(new BillingStore(Registers, Bill));
        var objects = new HookedObjectStore(Objects);
        var runtime = new BrokerRuntime(time ?? TimeProvider.System, new RandomSource(_seed++), NullLoggerFactory.Instance, _meter);
        var troubles = new Troubles(runtime, _ => null);
        var identity = new LeaseIdentity($"{_open.Count}/test");
        var tail = new TailMemory(options.TailMemoryBytes);
        var context = new ShardContext(
            0, Ring, new BrokerStores(objects, metadata), options, runtime, new LogMetrics(_meter), identity, tail, NullLogger.Instance)
        {
            Troubles = troubles,
        };
        var shard = new Shard(context, new ByteBudget(options.MaxBufferedBytes));
        _open.Add(shard);
        await shard.LoadedAsync(Token);
        if (createPartitions)
        {
            await shard.SubmitAsync(state => state.Find(Partition) is null ? new PartitionCreatedEntry(0, Partition) : null, Token);
            await shard.SubmitAsync(state => state.Find(Other) is null ? new PartitionCreatedEntry(0, Other) : null, Token);
        }

        return new Process(shard, metadata, objects, troubles);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var shard in _open)
            await shard.DisposeAsync();
        _meter.Dispose();
    }

    public static ReadOnlyMemory<byte> Batch(params string[] values) => Batch(new RecordBatchOptions(), values);

    public static ReadOnlyMemory<byte> Batch(RecordBatchOptions options, params string[] values)
    {
        using var builder = new RecordBatchBuilder(options);
        foreach (var value in values)
            builder.Append(1_000, default(ReadOnlyMemory<byte>?), Encoding.UTF8.GetBytes(value));
        return builder.Build().ToArray();
    }

    /// <summary>Every record of a partition as the stores hold it, in offset order: offset and value.</summary>
    public async Task<List<(long Offset, string Value)>> ReadLogAsync(ShardState state, PartitionId id)
    {
        var log = new List<(long, string)>();
        foreach (var slice in state.Find(id)!.Recent)
        {
            var bytes = new byte[slice.Bytes];
            if (slice.Records is { } records)
                records.Bytes.Slice((int)slice.Position - SegmentLayout.HeaderBytes, bytes.Length).CopyTo(bytes);
            else
                Assert.Equal(slice.Bytes, await Objects.GetRangeAsync(slice.Object.NameIn(0), slice.Position, bytes, Token));
            var offset = slice.BaseOffset;
            for (var rest = bytes.AsMemory(); !rest.IsEmpty;)
            {
                var total = new RecordBatchHeader(rest.Span).TotalBytes;
                RecordBatchLayout.SetBaseOffset(rest.Span, offset);
                using var reader = RecordBatchReader.Read(rest[..total]);
                while (reader.TryRead(out var record))
                    log.Add((record.Offset, Encoding.UTF8.GetString(record.Value!.Value.Span)));
                offset += new RecordBatchHeader(rest.Span).LastOffsetDelta + 1;
                rest = rest[total..];
            }

            Assert.Equal(slice.EndOffset, offset);
        }

        return log;
    }

    /// <summary>One process: its shard and the hooks on its stores.</summary>
    internal sealed record Process(Shard Shard, HookedMetadataStore Metadata, HookedObjectStore Objects, Troubles Troubles)
    {
        public async Task<AppendResult> AppendAsync(ReadOnlyMemory<byte> batch, PartitionId? partition = null, long expectedOffset = -1)
        {
            var validation = RecordBatchValidator.Validate(batch.Span, 1_000_000);
            Assert.True(validation.IsValid, validation.Detail);
            var ticket = await Shard.BeginAppendAsync(
                Shard.State.Find(partition ?? Partition)!, new(batch), validation.RecordCount, stampTime: false,
                new AppendOptions { ExpectedOffset = expectedOffset }, Token);
            return await ticket.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);
        }

        public Task<AppendResult> AppendAsync(params string[] values) => AppendAsync(Batch(values));

        public IEnumerable<string> PutSegments => Objects.Put.Where(n => n[8] == (char)ObjectKind.Segment);
    }
}
