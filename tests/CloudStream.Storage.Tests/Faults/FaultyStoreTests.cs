using CloudStream.Storage.Faults;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;

namespace CloudStream.Storage.Tests.Faults;

public sealed class FaultyStoreTests
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private static readonly WriteId s_id = new(1, 2);
    private readonly MemoryMetadataStore _registers = new();
    private readonly MemoryObjectStore _objects = new();
    private readonly Queue<StoreFault> _faults = new();
    private readonly List<StoreCall> _calls = [];

    [Fact]
    public async Task A_put_whose_reply_was_lost_is_settled_as_done()
    {
        var store = Registers(StoreFault.LostReply);
        var result = await store.PutSettledAsync("t/a", new byte[] { 1 }, 0, s_id, s_none);
        Assert.True(result.Succeeded);
        Assert.Equal(1, result.Version);
        Assert.Equal([new(StoreOperation.Put, "t/a"), new(StoreOperation.Get, "t/a")], _calls);
    }

    [Fact]
    public async Task A_put_whose_request_was_lost_stays_ambiguous_and_may_be_repeated()
    {
        var store = Registers(StoreFault.LostRequest);
        Assert.Equal(StoreErrorKind.Ambiguous,
            await KindAsync(async () => await store.PutSettledAsync("t/a", new byte[] { 1 }, 0, s_id, s_none)));
        Assert.Null(await _registers.GetAsync("t/a", s_none));
        Assert.True((await store.PutSettledAsync("t/a", new byte[] { 1 }, 0, s_id, s_none)).Succeeded);
    }

    [Fact]
    public async Task A_delayed_put_takes_effect_once_even_when_it_was_repeated_before()
    {
        var store = Registers(StoreFault.Delayed);
        Assert.Equal(StoreErrorKind.Ambiguous,
            await KindAsync(async () => await store.PutSettledAsync("t/a", new byte[] { 1 }, 0, s_id, s_none)));
        Assert.True((await store.PutSettledAsync("t/a", new byte[] { 1 }, 0, s_id, s_none)).Succeeded);

        Assert.Equal(1, await store.ReleaseDelayedAsync());
        Assert.Equal(1, (await _registers.GetAsync("t/a", s_none))!.Version);
        Assert.Equal(0, await store.ReleaseDelayedAsync());
    }

    [Fact]
    public async Task A_delayed_put_that_took_effect_is_recognised_by_its_repetition()
    {
        var store = Registers(StoreFault.Delayed);
        byte[] buffer = [1];
        Assert.Equal(StoreErrorKind.Ambiguous, await KindAsync(async () => await store.PutAsync("t/a", buffer, 0, s_id, s_none)));
        buffer[0] = 99;
        await store.ReleaseDelayedAsync();

        Assert.True((await store.PutSettledAsync("t/a", new byte[] { 1 }, 0, s_id, s_none)).Succeeded);
        Assert.Equal([1], (await _registers.GetAsync("t/a", s_none))!.Value.ToArray());
    }

    [Fact]
    public async Task A_lost_reply_that_others_have_overwritten_is_a_conflict()
    {
        var store = Registers(StoreFault.LostReply, StoreFault.None);
        await KindAsync(async () => await store.PutAsync("t/a", new byte[] { 1 }, 0, s_id, s_none));
        await _registers.PutAsync("t/a", new byte[] { 2 }, 1, new WriteId(9, 9), s_none);
        Assert.False((await store.PutSettledAsync("t/a", new byte[] { 1 }, 0, s_id, s_none)).Succeeded);
    }

    [Fact]
    public async Task A_failed_read_back_leaves_the_put_ambiguous()
    {
        var store = Registers(StoreFault.LostReply, StoreFault.Throttled);
        Assert.Equal(StoreErrorKind.Ambiguous,
            await KindAsync(async () => await store.PutSettledAsync("t/a", new byte[] { 1 }, 0, s_id, s_none)));
    }

    [Theory]
    [InlineData(StoreFault.LostReply, true)]
    [InlineData(StoreFault.LostRequest, false)]
    [InlineData(StoreFault.Delayed, false)]
    public async Task An_unknown_outcome_is_told_by_the_write_id_in_the_slot(StoreFault fault, bool isThere)
    {
        var store = Registers(fault);
        Assert.Equal(StoreErrorKind.Ambiguous, await KindAsync(async () => await store.PutAsync("t/0003", new byte[1], 0, s_id, s_none)));

        var found = (await store.GetRangeAsync("t/", 3, 1, s_none))[0];

        Assert.Equal(isThere, found is not null && found.WriteId == s_id);
        var repeated = await store.PutAsync("t/0003", new byte[1], 0, s_id, s_none);
        Assert.Equal(isThere, repeated is { Succeeded: false, Current: { } current } && current.WriteId == s_id);
        await store.ReleaseDelayedAsync();
        found = await _registers.GetAsync("t/0003", s_none);
        Assert.Equal((1, s_id), (found!.Version, found.WriteId));
    }

    [Fact]
    public async Task A_range_whose_reply_is_lost_is_a_read_that_failed()
    {
        var store = Registers(StoreFault.LostReply, StoreFault.Throttled);
        await _registers.PutAsync("t/0000", new byte[1], 0, s_id, s_none);
        Assert.Equal(StoreErrorKind.Unavailable, await KindAsync(async () => await store.GetRangeAsync("t/", 0, 1, s_none)));
        Assert.Equal(StoreErrorKind.Throttled, await KindAsync(async () => await store.GetRangeAsync("t/", 0, 1, s_none)));
        Assert.Equal("t/0000", (await store.GetRangeAsync("t/", 0, 1, s_none))[0]!.Key);
        Assert.Equal(new StoreCall(StoreOperation.Get, "t/"), _calls[0]);
    }

    [Theory]
    [InlineData(StoreFault.Unavailable, StoreErrorKind.Unavailable)]
    [InlineData(StoreFault.Throttled, StoreErrorKind.Throttled)]
    public async Task Early_faults_have_no_effect(StoreFault fault, StoreErrorKind kind)
    {
        var store = Registers(fault, fault, fault, fault);
        await _registers.PutAsync("t/b", new byte[1], 0, s_id, s_none);
        Assert.Equal(kind, await KindAsync(async () => await store.PutSettledAsync("t/a", new byte[1], 0, s_id, s_none)));
        Assert.Equal(kind, await KindAsync(async () => await store.DeleteAsync("t/b", 1, s_none)));
        Assert.Equal(kind, await KindAsync(async () => await store.GetAsync("t/b", s_none)));
        Assert.Equal(kind, await KindAsync(async () => await store.ListAsync("t/", s_none).CountAsync()));
        Assert.Equal(["t/b"], await _registers.ListAsync("t/", s_none).Select(register => register.Key).ToListAsync());
    }

    [Fact]
    public async Task An_object_put_may_be_lost_delayed_or_done_without_a_reply()
    {
        var store = Objects(StoreFault.LostRequest, StoreFault.LostReply, StoreFault.Delayed);
        byte[] buffer = [1, 2];
        foreach (var name in (string[])["lost", "done", "later"])
            Assert.Equal(StoreErrorKind.Ambiguous, await KindAsync(async () => await store.PutAsync(name, [buffer], s_none)));
        buffer.AsSpan().Clear();

        Assert.Equal(["done"], await store.ListAsync("", s_none).Select(o => o.Name).ToListAsync());
        Assert.Equal(1, await store.ReleaseDelayedAsync());
        var read = new byte[2];
        Assert.Equal(2, await store.GetRangeAsync("later", 0, read, s_none));
        Assert.Equal([1, 2], read);
    }

    [Fact]
    public async Task An_object_delete_may_take_effect_without_a_reply_and_reads_may_fail()
    {
        await _objects.PutAsync("a", [new byte[1]], s_none);
        var store = Objects(StoreFault.LostReply, StoreFault.LostReply, StoreFault.Unavailable, StoreFault.Throttled);
        Assert.Equal(StoreErrorKind.Ambiguous, await KindAsync(async () => await store.DeleteAsync(["a"], s_none)));
        Assert.Equal(0, _objects.Count);
        Assert.Equal(StoreErrorKind.Unavailable, await KindAsync(async () => await store.GetSizeAsync("a", s_none)));
        Assert.Equal(StoreErrorKind.Unavailable, await KindAsync(async () => await store.GetRangeAsync("a", 0, new byte[1], s_none)));
        Assert.Equal(StoreErrorKind.Throttled, await KindAsync(async () => await store.ListAsync("", s_none).CountAsync()));
    }

    private FaultyMetadataStore Registers(params StoreFault[] faults) => new(_registers, Script(faults));

    private FaultyObjectStore Objects(params StoreFault[] faults) => new(_objects, Script(faults));

    private StoreFaultScript Script(StoreFault[] faults)
    {
        foreach (var fault in faults)
            _faults.Enqueue(fault);
        return (call, _) =>
        {
            _calls.Add(call);
            return new(_faults.TryDequeue(out var fault) ? fault : StoreFault.None);
        };
    }

    private static async Task<StoreErrorKind> KindAsync(Func<Task> call) => (await Assert.ThrowsAsync<StoreException>(call)).Kind;
}
