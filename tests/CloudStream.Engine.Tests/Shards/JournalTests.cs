using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Health;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Shards;

/// <summary>The ring: laps, its reserve, what is not to be followed, and what is refused at load.</summary>
public sealed class JournalTests : IAsyncDisposable
{
    private readonly ShardCluster _cluster = new() { Ring = new JournalRing("test", 16) };

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Who_was_lapped_begins_again_with_the_newest_head()
    {
        var (writer, reader) = (await _cluster.OpenAsync(), await _cluster.OpenAsync());
        for (var i = 0; i < 60; i++)
            await writer.AppendAsync($"r{i}");

        var state = await reader.Shard.RefreshAsync(ShardCluster.Token);

        var newest = await writer.Shard.RefreshAsync(ShardCluster.Token);
        Assert.Equal(CheckpointCodec.Encode(newest).ToArray(), CheckpointCodec.Encode(state).ToArray());
        Assert.Equal(60, (await reader.AppendAsync("next")).BaseOffset);
    }

    [Fact]
    public async Task While_no_checkpoint_can_be_written_producers_wait_and_are_told_why_and_everything_else_goes_on()
    {
        var isAway = true;
        var (process, other) = (await _cluster.OpenAsync(), await _cluster.OpenAsync());
        foreach (var one in new[] { process, other })
            one.Objects.BeforePut = name => isAway && name[8] == (char)ObjectKind.Checkpoint
                ? throw new StoreException(StoreErrorKind.Unavailable, "away") : Task.CompletedTask;
        var appends = Enumerable.Range(0, 30).Select(i => process.AppendAsync($"r{i}")).ToList();
        while (!process.Troubles.IsOpen(TroubleKind.JournalFull, "0"))
            appends.Add(process.AppendAsync("more"));

        Assert.Contains(appends, a => !a.IsCompleted);
        var trouble = Assert.Single(process.Troubles.Report().Troubles, t => t.Kind == TroubleKind.JournalFull);
        Assert.Equal("Shard 0 takes no records: its journal is full until a checkpoint can be written.", trouble.Detail);
        var before = await other.Shard.RefreshAsync(ShardCluster.Token);
        Assert.Equal(16 - 2, before.Version - before.CheckpointVersion);
        var taken = await other.Shard.SubmitAsync(s => new HolderEntry(0, s.Epoch + 1, "1/test"), ShardCluster.Token);
        Assert.Equal((CommitResult.Applied, "1/test"), (taken.Result, (await process.Shard.RefreshAsync(ShardCluster.Token)).Holder));
        var last = other.Shard.SubmitAsync(s => new HolderEntry(0, s.Epoch + 1, "2/test"), ShardCluster.Token).AsTask();
        Assert.Equal(before.Version + 1, (await process.Shard.RefreshAsync(ShardCluster.Token)).Version);
        Assert.False(last.IsCompleted); // The very last slot is for a checkpoint.

        isAway = false;
        Assert.All(await Task.WhenAll(appends), a => Assert.Equal(ErrorCode.None, a.Error));
        Assert.Equal(CommitResult.Applied, (await last).Result);
        while (process.Troubles.Report().IsDegraded)
            await process.AppendAsync("after");
        var log = await _cluster.ReadLogAsync(await process.Shard.RefreshAsync(ShardCluster.Token), ShardCluster.Partition);
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"r{i}"), log.Take(30).Select(l => l.Value));
    }

    [Fact]
    public async Task An_upload_that_has_to_be_repeated_holds_up_flushes_behind_it_and_nothing_else()
    {
        var (process, sweeper) = (await _cluster.OpenAsync(), await _cluster.OpenAsync());
        var (second, puts) = (new TaskCompletionSource(), 0);
        process.Objects.BeforePut = async name =>
        {
            if (name[8] != (char)ObjectKind.Segment || ++puts > 2)
                return;
            if (puts == 1)
                await sweeper.Shard.SubmitAsync(state => new HorizonEntry(0, state.Version + 1), ShardCluster.Token);
            else
                await second.Task;
        };
        var first = process.AppendAsync("voided");
        while (puts < 2)
            await Task.Yield();
        var behind = process.AppendAsync("behind");

        var taken = await process.Shard.SubmitAsync(s => new HolderEntry(0, s.Epoch + 1, "0/test"), ShardCluster.Token);
        Assert.Equal(CommitResult.Applied, taken.Result);
        await process.Shard.RefreshAsync(ShardCluster.Token);
        var through = process.Shard.SubmitAsync(static _ => null, ShardCluster.Token).AsTask();
        Assert.False(first.IsCompleted);
        second.SetResult();

        Assert.Equal((0L, 1L), ((await first).BaseOffset, (await behind).BaseOffset));
        Assert.Equal(CommitResult.Withdrawn, (await through).Result);
    }

    [Fact]
    public async Task A_fork_is_not_followed()
    {
        var process = await _cluster.OpenAsync();
        await process.AppendAsync("a");
        var (state, ring) = (process.Shard.State, _cluster.Ring);
        var strange = new JournalSlot(
            state.Version + 1, new WriteId(6, 6), JournalHead.Of(state), JournalSlot.Encode([new HorizonEntry(0, 0)]));
        await _cluster.Registers.PutAsync(
            ring.KeyOf(0, strange.Version), strange.Encode(), ring.LapsBefore(strange.Version), new WriteId(7, 7), ShardCluster.Token);

        var failure = await Assert.ThrowsAsync<StoreException>(async () => await process.Shard.RefreshAsync(ShardCluster.Token));

        Assert.Equal(StoreErrorKind.Corrupt, failure.Kind);
        Assert.Contains($"the journal of shard 0 is forked: commit {strange.Version}", failure.Message, StringComparison.Ordinal);
        Assert.Equal(state.Version, process.Shard.State.Version);
        Assert.NotEqual(ErrorCode.None, (await process.AppendAsync("b")).Error);
    }

    [Fact]
    public async Task A_journal_that_is_older_than_the_bucket_is_refused_and_left_as_it_is()
    {
        var old = new MemoryMetadataStore();
        await using var cluster = new ShardCluster();
        var process = await cluster.OpenAsync();
        await process.AppendAsync("a");
        await foreach (var register in cluster.Registers.ListAsync(JournalRing.Prefix, ShardCluster.Token))
            await old.PutAsync(register.Key, register.Value, 0, register.WriteId, ShardCluster.Token);
        while (process.Shard.State.CheckpointVersion == 0)
            await process.AppendAsync("b");
        await process.Shard.DrainAsync(ShardCluster.Token);

        await using var later = new ShardCluster { Registers = old, Objects = cluster.Objects };
        var failure = await Assert.ThrowsAsync<StoreException>(() => later.OpenAsync());

        Assert.Equal(StoreErrorKind.Refused, failure.Kind);
        Assert.Contains("the registers are older than the objects", failure.Message, StringComparison.Ordinal);
        Assert.Null(await old.GetAsync(later.Ring.KeyOf(0, 5), ShardCluster.Token));
    }

    [Fact]
    public async Task A_shard_that_falls_idle_gets_one_checkpoint()
    {
        var time = new ManualTime();
        await using var cluster = new ShardCluster();
        var process = await cluster.OpenAsync(time: time);
        for (var i = 0; i < 20; i++)
            await process.Shard.SubmitAsync(_ => new HorizonEntry(0, 0), ShardCluster.Token);
        time.Advance(TimeSpan.FromSeconds(9));
        await process.Shard.RefreshAsync(ShardCluster.Token);
        Assert.Empty(process.Objects.Put);

        time.Advance(TimeSpan.FromSeconds(2));
        while (process.Shard.State.Checkpoint is null)
            await process.Shard.RefreshAsync(ShardCluster.Token);
        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(11));
            await process.Shard.RefreshAsync(ShardCluster.Token);
        }

        Assert.Single(process.Objects.Put);
        Assert.Equal((22L, 23L), (process.Shard.State.CheckpointVersion, process.Shard.State.Version));
    }
}
