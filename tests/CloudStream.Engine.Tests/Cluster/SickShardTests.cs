using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Settings;
using CloudStream.Engine.Tests.Fetch;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Cluster;

/// <summary>One shard whose register cannot be read holds up neither the heartbeat nor the other shards' leases.</summary>
public sealed class SickShardTests : IDisposable
{
    private const int Sick = 0, Heartbeats = 12;

    private readonly ManualTime _time = new();
    private readonly Meter _meter = new("sick-shard-tests");
    private readonly MemoryMetadataStore _registers = new();
    private readonly MemoryObjectStore _objects = new();
    private readonly List<Broker> _brokers = [];

    public enum Sickness
    {
        Corrupt,
        Refused,
        Unavailable,
        Throttled,
        NeverAnswers,
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _meter.Dispose();

    [Theory]
    [InlineData(Sickness.Corrupt)]
    [InlineData(Sickness.Refused)]
    [InlineData(Sickness.Unavailable)]
    [InlineData(Sickness.Throttled)]
    [InlineData(Sickness.NeverAnswers)]
    public void The_broker_beats_on_takes_the_other_shards_and_does_not_spin(Sickness sickness) => Pump.Run(async () =>
    {
        try
        {
            await SickenAsync(sickness);
        }
        finally
        {
            foreach (var broker in _brokers)
                await broker.DisposeAsync();
        }
    });

    private async Task SickenAsync(Sickness sickness)
    {
        var dead = await StartAsync(_registers);
        await PassAsync(2);
        await dead.DisposeAsync(); // Its leases are still there.
        var store = new SickStore(_registers, (await Journals.RingOfAsync(_registers)).FamilyOf(Sick));
        var broker = await StartAsync(store);
        store.Now = sickness;
        var before = (Beat: await BeatAsync(broker), store.Calls);

        await PassAsync(Heartbeats);

        var beats = await BeatAsync(broker) - before.Beat;
        Assert.InRange(beats, Heartbeats - 2, Heartbeats + 2);
        Assert.InRange(store.Calls - before.Calls, 1, 20 * Heartbeats);
        for (var shard = 0; shard < 4; shard++)
        {
            var newest = await Journals.NewestAsync(_registers, shard);
            Assert.Equal(shard != Sick, BrokerRegistry.IdOf(newest.Head.Holder) == broker.BrokerId);
        }
    }

    private async Task<Broker> StartAsync(IMetadataStore store)
    {
        var runtime = new BrokerRuntime(_time, new RandomSource(_brokers.Count + 1), NullLoggerFactory.Instance, _meter);
        var broker = await Broker.StartAsync(new BrokerStores(_objects, store), new BrokerOptions(), runtime, Token);
        _brokers.Add(broker);
        return broker;
    }

    private async Task<long> BeatAsync(Broker broker) =>
        BrokerRegister.Decode((await _registers.GetAsync(BrokerRegister.KeyOf(broker.BrokerId), Token))!).Beat;

    // Time passes in small steps, and the brokers do on each what is due.
    private async Task PassAsync(int heartbeats)
    {
        var step = TimeSpan.FromMilliseconds(100);
        for (var passed = TimeSpan.Zero; passed < new BrokerOptions().Lease / 3 * heartbeats; passed += step)
        {
            _time.Advance(step);
            await Pump.IdleAsync();
        }
    }

    /// <summary>Registers of which one family is ill, from the moment that the test says.</summary>
    private sealed class SickStore(MemoryMetadataStore registers, string family) : IMetadataStore
    {
        private int _calls;

        public Sickness? Now { get; set; }

        /// <summary>Calls for the sick family so far.</summary>
        public int Calls => Volatile.Read(ref _calls);

        public async ValueTask<Register?> GetAsync(string wanted, CancellationToken cancellationToken)
        {
            await PassAsync(wanted, cancellationToken);
            return await registers.GetAsync(wanted, cancellationToken);
        }

        public async ValueTask<RegisterVersion> GetVersionAsync(string wanted, CancellationToken cancellationToken)
        {
            await PassAsync(wanted, cancellationToken);
            return await registers.GetVersionAsync(wanted, cancellationToken);
        }

        public async ValueTask<Register?[]> GetRangeAsync(string wanted, int first, int count, CancellationToken cancellationToken)
        {
            await PassAsync(wanted, cancellationToken);
            return await registers.GetRangeAsync(wanted, first, count, cancellationToken);
        }

        public async ValueTask<PutResult> PutAsync(
            string wanted, ReadOnlyMemory<byte> value, long expected, WriteId writeId, CancellationToken cancellationToken)
        {
            await PassAsync(wanted, cancellationToken);
            return await registers.PutAsync(wanted, value, expected, writeId, cancellationToken);
        }

        public ValueTask<PutResult> DeleteAsync(string wanted, long expected, CancellationToken cancellationToken) =>
            registers.DeleteAsync(wanted, expected, cancellationToken);

        public IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken) =>
            registers.ListAsync(prefix, cancellationToken);

        private async ValueTask PassAsync(string wanted, CancellationToken cancellationToken)
        {
            if (!wanted.StartsWith(family, StringComparison.Ordinal) || Now is not { } sickness)
                return;
            Interlocked.Increment(ref _calls);
            if (sickness == Sickness.NeverAnswers)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new StoreException(Enum.Parse<StoreErrorKind>(sickness.ToString()), "ill");
        }
    }
}
