using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Calls;
using CloudStream.Log.Health;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests;

/// <summary>A shard that cannot be read takes out its own partitions and nothing else.</summary>
public sealed class SickShardTests : IAsyncDisposable
{
    private readonly Meter _meter = new("sick-shard-tests");
    private readonly MemoryObjectStore _objects = new();
    private readonly MemoryMetadataStore _metadata = new();
    private readonly List<Broker> _brokers = [];
    private int _seed = 1;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
            await broker.DisposeAsync();
        _meter.Dispose();
    }

    [Theory]
    [InlineData(Harm.Nonsense)]
    [InlineData(Harm.Gone)]
    [InlineData(Harm.EntriesThatMakeNoSense)]
    public async Task The_broker_starts_serves_the_other_shards_and_says_which_one_it_cannot_read(Harm damage)
    {
        var topic = await WriteAsync();
        var sick = topic.Shards[2];
        await DamageAsync(sick, damage);
        var stored = await ObjectsOfAsync(sick);

        var broker = await StartAsync(
            o => (o.UpkeepInterval, o.SweepInterval) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)));

        for (var partition = 0; partition < 4; partition++)
        {
            var place = new PartitionId(topic.Id, partition);
            using var fetched = await broker.FetchAsync(place, 0, new FetchOptions(), Token);
            using var many = (await broker.FetchManyAsync([new PartitionFetch(place, 0, 1 << 20)], new FetchOptions(), Token))[0];
            var expected = topic.Shards[partition] == sick ? ErrorCode.ShardUnreadable : ErrorCode.None;
            Assert.Equal((expected, expected), (fetched.Error, many.Error));
            Assert.Equal(expected, (await broker.ListOffsetAsync(place, OffsetSpec.Latest, Token)).Error);
            Assert.Equal(expected, (await broker.AppendAsync(place, ShardCluster.Batch("b"), new AppendOptions(), Token)).Error);
        }

        var trouble = Assert.Single(broker.Health.Troubles);
        Assert.Equal((TroubleKind.Shard, null), (trouble.Kind, broker.Health.NotWritable));
        Assert.StartsWith($"Shard {sick} cannot be read", trouble.Detail, StringComparison.Ordinal);
        Assert.True(broker.IsReady);

        var created = await broker.CreateTopicAsync("new", 12, new Dictionary<string, string>(), Token);
        Assert.Equal(ErrorCode.None, created.Error);
        Assert.DoesNotContain(sick, created.Topic!.Shards);
        await broker.DrainAsync(Token);
        Assert.False(broker.Failed.IsCompleted); // To be asked to stop is no defect, of the sick shard neither.
        Assert.Equal(stored, await ObjectsOfAsync(sick));
    }

    [Fact]
    public async Task A_shard_that_can_be_read_again_is_served_without_a_restart()
    {
        var topic = await WriteAsync();
        var register = await Journals.NewestSlotAsync(_metadata, topic.Shards[2]);
        await DamageAsync(topic.Shards[2], Harm.Nonsense);
        var broker = await StartAsync();
        Assert.True(broker.Health.IsDegraded);

        // As an operator restores a file: the very register, version and all.
        _restored = register;
        while (broker.Health.IsDegraded)
            (await broker.FetchAsync(new PartitionId(topic.Id, 2), 0, new FetchOptions(), Token)).Dispose();

        using var fetched = await broker.FetchAsync(new PartitionId(topic.Id, 2), 0, new FetchOptions(), Token);
        Assert.Equal((ErrorCode.None, 1L), (fetched.Error, fetched.HighWatermark));
    }

    [Fact]
    public async Task A_broker_that_can_read_no_shard_does_not_start()
    {
        await WriteAsync();
        for (var shard = 0; shard < 4; shard++)
            await DamageAsync(shard, Harm.Nonsense);

        var failure = await Assert.ThrowsAsync<StoreException>(() => StartAsync());

        Assert.Equal(StoreErrorKind.Corrupt, failure.Kind);
    }

    public enum Harm
    {
        Nonsense,
        Gone,
        EntriesThatMakeNoSense,
    }

    private Register? _restored;

    private async Task<TopicInfo> WriteAsync()
    {
        var broker = await StartAsync();
        var created = await broker.CreateTopicAsync("t", 4, new Dictionary<string, string>(), Token);
        for (var partition = 0; partition < 4; partition++)
            Assert.Equal(
                0,
                (await broker.AppendAsync(new PartitionId(created.Topic!.Id, partition), ShardCluster.Batch("a"), new AppendOptions(),
                    Token)).BaseOffset);
        await broker.DrainAsync(Token);
        await broker.DisposeAsync();
        return created.Topic!;
    }

    private async Task DamageAsync(int shard, Harm damage)
    {
        if (damage == Harm.Gone)
        {
            foreach (var slot in await Journals.SlotsAsync(_metadata, shard))
                await _metadata.DeleteAsync(slot.Key, slot.Version, Token);
            return;
        }

        var register = await Journals.NewestSlotAsync(_metadata, shard);
        var value = register.Value.ToArray();
        if (damage == Harm.Nonsense)
            value.AsSpan(0, 4).Clear();
        else
            value[^1] ^= 0x55;
        await _metadata.PutAsync(register.Key, value, register.Version, default, Token);
    }

    private async Task<List<string>> ObjectsOfAsync(int shard)
    {
        var found = new List<string>();
        await foreach (var info in _objects.ListAsync("", Token))
        {
            if (info.Name.Contains($"/{shard:x4}/", StringComparison.Ordinal))
                found.Add(info.Name);
        }

        Assert.NotEmpty(found);
        return found;
    }

    private async Task<Broker> StartAsync(Action<BrokerOptions>? configure = null)
    {
        var options = new BrokerOptions { FlushInterval = TimeSpan.FromMilliseconds(1) };
        options.Settings["log.retention.ms"] = "-1"; // The test batches are stamped with a time long ago.
        configure?.Invoke(options);
        var runtime = new BrokerRuntime(TimeProvider.System, new RandomSource(_seed++), NullLoggerFactory.Instance, _meter);
        var metadata = new RestoredStore(_metadata, () => _restored);
        var broker = await Broker.StartAsync(new BrokerStores(_objects, metadata), options, runtime, Token);
        _brokers.Add(broker);
        return broker;
    }

    /// <summary>A store in which one register is what it was before it was damaged.</summary>
    private sealed class RestoredStore(IMetadataStore inner, Func<Register?> restored) : IMetadataStore
    {
        public async ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken) =>
            restored() is { } register && register.Key == key ? register : await inner.GetAsync(key, cancellationToken);

        public async ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
            restored() is { } register && register.Key == key
                ? new RegisterVersion(register.Version, true)
                : await inner.GetVersionAsync(key, cancellationToken);

        public async ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken) =>
            [.. (await inner.GetRangeAsync(family, first, count, cancellationToken)).Select((found, i) =>
                restored() is { } register && register.Key == RegisterKeys.SlotOf(family, first + i) ? register : found)];

        public ValueTask<PutResult> PutAsync(
            string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken) =>
                inner.PutAsync(key, value, expectedVersion, writeId, cancellationToken);

        public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
            inner.DeleteAsync(key, expectedVersion, cancellationToken);

        public IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken) =>
            inner.ListAsync(prefix, cancellationToken);
    }
}
