using CloudStream.Cluster.Producers;
using CloudStream.Storage;
using CloudStream.Storage.Memory;

namespace CloudStream.Engine.Tests.Cluster;

public sealed class ProducerIdsTests
{
    private readonly ManualTime _time = new();
    private readonly MemoryMetadataStore _shared = new();

    [Fact]
    public async Task IdsBeginAtZeroAndABlockIsUsedUpBeforeTheNext()
    {
        var store = new FaultPoints(_shared);
        var ids = Of(store, 1);
        for (var expected = 0; expected < 1000; expected++)
            Assert.Equal(expected, await ids.AllocateAsync(CancellationToken.None));
        Assert.Equal(2, store.Calls);
        Assert.Equal(1000, await ids.AllocateAsync(CancellationToken.None));
    }

    [Fact]
    public async Task TwoBrokersNeverShareAnId()
    {
        var (first, second) = (Of(new FaultPoints(_shared), 1), Of(new FaultPoints(_shared), 2));
        var seen = new HashSet<long>();
        for (var i = 0; i < 2500; i++)
        {
            Assert.True(seen.Add(await first.AllocateAsync(CancellationToken.None)));
            Assert.True(seen.Add(await second.AllocateAsync(CancellationToken.None)));
        }
    }

    [Fact]
    public async Task RequestsAtTheSameTimeShareABlock()
    {
        var gate = new TaskCompletionSource();
        var store = new FaultPoints(_shared) { Turn = () => gate.Task };
        var ids = Of(store, 1);
        var waiting = Enumerable.Range(0, 5).Select(_ => ids.AllocateAsync(CancellationToken.None).AsTask()).ToArray();
        gate.SetResult();
        Assert.Equal([0L, 1, 2, 3, 4], (await Task.WhenAll(waiting)).Order());
        Assert.Equal(2, store.Calls);
    }

    [Fact]
    public async Task RandomFaultsMayWasteBlocksAndNeverRepeatAnId()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var shared = new MemoryMetadataStore();
            var random = new Random(seed);
            Fault Next(int call) => random.Next(8) switch { 0 => Fault.LostReply, 1 => Fault.LostRequest, 2 => Fault.Throttled,
                _ => Fault.None };
            ProducerIds[] brokers = [Of(new FaultPoints(shared) { Plan = Next }, seed),
                Of(new FaultPoints(shared) { Plan = Next }, seed + 100)];
            var seen = new HashSet<long>();
            for (var i = 0; i < 4000; i++)
            {
                var allocated = await _time.RunAsync(brokers[i % 2].AllocateAsync(CancellationToken.None).AsTask());
                Assert.True(seen.Add(allocated), $"seed {seed}: {allocated} was handed out twice");
            }
        }
    }

    [Fact]
    public async Task AStoreThatStaysAwayIsReportedAndTheNextRequestTriesAgain()
    {
        var away = true;
        var ids = Of(new FaultPoints(_shared) { Plan = _ => away ? Fault.Throttled : Fault.None }, 1);
        var failure = await Assert.ThrowsAsync<StoreException>(() => _time.RunAsync(ids.AllocateAsync(CancellationToken.None).AsTask()));
        Assert.Equal(StoreErrorKind.Throttled, failure.Kind);
        away = false;
        Assert.Equal(0, await ids.AllocateAsync(CancellationToken.None));
    }

    private ProducerIds Of(FaultPoints store, int seed) => new(store.Settled(FaultPoints.Runtime(_time, seed)));
}
