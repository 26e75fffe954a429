using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Log.Shards;
using CloudStream.Log.State;
using CloudStream.Records;
using CloudStream.Storage;
using CloudStream.Storage.Faults;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Shards;

public sealed class CommitTests : IAsyncDisposable
{
    private readonly ShardCluster _cluster = new();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Appends_at_the_same_time_get_dense_offsets_and_each_its_own()
    {
        var process = await _cluster.OpenAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => process.AppendAsync($"a{i}", $"b{i}")));

        Assert.All(results, r => Assert.Equal(ErrorCode.None, r.Error));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => 2L * i), results.Select(r => r.BaseOffset).Order());
        var log = await _cluster.ReadLogAsync(process.Shard.State, ShardCluster.Partition);
        Assert.Equal(Enumerable.Range(0, 400).Select(i => (long)i), log.Select(l => l.Offset));
        for (var i = 0; i < 200; i++)
            Assert.Equal(($"a{i}", $"b{i}"), (log[(int)results[i].BaseOffset].Value, log[(int)results[i].LastOffset].Value));
    }

    [Fact]
    public async Task A_writer_that_lost_the_race_sequences_again_without_uploading_again()
    {
        var (first, second) = (await _cluster.OpenAsync(), await _cluster.OpenAsync());
        await first.AppendAsync("first");

        var late = await second.AppendAsync("second", "third");

        Assert.Equal((1L, 2L), (late.BaseOffset, late.LastOffset));
        Assert.Single(second.PutSegments);
        Assert.Equal(["first", "second", "third"],
            (await _cluster.ReadLogAsync(second.Shard.State, ShardCluster.Partition)).Select(l => l.Value));
    }

    [Fact]
    public async Task Writers_without_a_lease_share_a_shard_and_lose_nothing()
    {
        var processes = new[] { await _cluster.OpenAsync(), await _cluster.OpenAsync(), await _cluster.OpenAsync() };
        var appends = Enumerable.Range(0, 90).Select(i => processes[i % 3].AppendAsync($"r{i}"));

        var results = await Task.WhenAll(appends);

        Assert.Equal(Enumerable.Range(0, 90).Select(i => (long)i), results.Select(r => r.BaseOffset).Order());
        var state = await processes[0].Shard.RefreshAsync(ShardCluster.Token);
        var log = await _cluster.ReadLogAsync(state, ShardCluster.Partition);
        for (var i = 0; i < 90; i++)
            Assert.Equal($"r{i}", log[(int)results[i].BaseOffset].Value);
    }

    [Fact]
    public async Task A_commit_whose_reply_was_lost_is_found_and_not_repeated()
    {
        var process = await _cluster.OpenAsync();
        LoseReplies(process, 1);

        var result = await process.AppendAsync("once");

        Assert.Equal((ErrorCode.None, 0L), (result.Error, result.BaseOffset));
        Assert.Equal([(0L, "once")], await _cluster.ReadLogAsync(process.Shard.State, ShardCluster.Partition));
    }

    [Fact]
    public async Task A_commit_that_failed_with_an_ambiguous_error_before_it_took_effect_is_made_again()
    {
        var process = await _cluster.OpenAsync();
        var failures = 3;
        process.Metadata.BeforePut = _ => failures-- > 0 ? throw new StoreException(StoreErrorKind.Ambiguous, "test") : Task.CompletedTask;

        var result = await process.AppendAsync("once");

        Assert.Equal((ErrorCode.None, 0L), (result.Error, result.BaseOffset));
        Assert.Equal([(0L, "once")], await _cluster.ReadLogAsync(process.Shard.State, ShardCluster.Partition));
    }

    [Fact]
    public async Task A_throttled_commit_waits_and_goes_through()
    {
        var process = await _cluster.OpenAsync();
        var failures = 2;
        process.Metadata.BeforePut = _ => failures-- > 0 ? throw new StoreException(StoreErrorKind.Throttled, "test") : Task.CompletedTask;

        Assert.Equal(0, (await process.AppendAsync("x")).BaseOffset);
    }

    [Fact]
    public async Task A_lost_reply_followed_by_commits_of_others_still_finds_the_original_offset()
    {
        var (process, other) = (await _cluster.OpenAsync(), await _cluster.OpenAsync());
        process.Metadata.AfterPut = async (_, result) =>
        {
            process.Metadata.AfterPut = null;
            Assert.True(result.Succeeded);
            for (var i = 0; i < 20; i++)
                await other.AppendAsync($"other{i}");
            throw new StoreException(StoreErrorKind.Ambiguous, "test");
        };

        var result = await process.AppendAsync("mine");

        Assert.Equal((ErrorCode.None, 0L), (result.Error, result.BaseOffset));
        var state = await process.Shard.RefreshAsync(ShardCluster.Token);
        Assert.Equal(21, state.Find(ShardCluster.Partition)!.EndOffset);
    }

    [Fact]
    public async Task A_lost_request_followed_by_commits_of_others_is_proved_uncommitted_and_committed_once()
    {
        var (process, other) = (await _cluster.OpenAsync(), await _cluster.OpenAsync());
        process.Metadata.BeforePut = async _ =>
        {
            process.Metadata.BeforePut = null;
            for (var i = 0; i < 20; i++)
                await other.AppendAsync($"other{i}");
            throw new StoreException(StoreErrorKind.Ambiguous, "test");
        };

        var result = await process.AppendAsync("mine");

        Assert.Equal((ErrorCode.None, 20L), (result.Error, result.BaseOffset));
        Assert.Equal(21, (await _cluster.ReadLogAsync(process.Shard.State, ShardCluster.Partition)).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_lapped_since_its_reply_was_lost_is_reported_as_unknown_and_never_committed_again(bool tookEffect)
    {
        await using var cluster = new ShardCluster { Ring = new JournalRing("test", 16) };
        var (other, process) = (await cluster.OpenAsync(), await cluster.OpenAsync()); // The second one has nothing of its own to commit.
        async Task Overtake()
        {
            (process.Metadata.BeforePut, process.Metadata.AfterPut) = (null, null);
            for (var i = 0; i < 40; i++)
                await other.AppendAsync("other");
            throw new StoreException(StoreErrorKind.Ambiguous, "test");
        }

        if (tookEffect)
            process.Metadata.AfterPut = (_, _) => Overtake();
        else
            process.Metadata.BeforePut = _ => Overtake();

        var result = await process.AppendAsync("mine");

        Assert.Equal(ErrorCode.OutcomeUnknown, result.Error);
        Assert.Equal(ErrorCode.None, (await process.AppendAsync("next")).Error);
        var log = await cluster.ReadLogAsync(await other.Shard.RefreshAsync(ShardCluster.Token), ShardCluster.Partition);
        Assert.Equal(tookEffect ? 1 : 0, log.Count(l => l.Value == "mine"));
        Assert.Equal((40, "next"), (log.Count(l => l.Value == "other"), log[^1].Value));
    }

    [Fact]
    public async Task A_write_that_arrives_late_is_recognised_by_its_repetition_and_counts_once()
    {
        var late = new FaultyMetadataStore(_cluster.Registers, static (_, _) => new(StoreFault.Delayed));
        var process = await _cluster.OpenAsync();
        process.Metadata.Late = late;
        var repeated = 0;
        process.Metadata.BeforePut = async _ =>
        {
            if (repeated++ > 0)
                await late.ReleaseDelayedAsync(); // The first one arrives right before its repetition.
        };

        var result = await process.AppendAsync("once");

        Assert.Equal((ErrorCode.None, 0L, 2), (result.Error, result.BaseOffset, repeated));
        Assert.Equal([(0L, "once")], await _cluster.ReadLogAsync(process.Shard.State, ShardCluster.Partition));
    }

    [Fact]
    public async Task A_flush_that_the_horizon_passed_is_uploaded_again_under_a_new_name()
    {
        var (process, sweeper) = (await _cluster.OpenAsync(), await _cluster.OpenAsync());
        process.Objects.BeforePut = async name =>
        {
            process.Objects.BeforePut = null;
            await sweeper.Shard.SubmitAsync(state => new HorizonEntry(0, state.Version + 1), ShardCluster.Token);
        };

        var result = await process.AppendAsync("late");

        Assert.Equal((ErrorCode.None, 0L), (result.Error, result.BaseOffset));
        var names = process.PutSegments.ToArray();
        Assert.Equal(2, names.Distinct().Count());
        var slice = Assert.Single(process.Shard.State.Find(ShardCluster.Partition)!.Recent);
        Assert.Equal(names[1], slice.Object.NameIn(0));
        Assert.True(slice.Object.Born >= process.Shard.State.Horizon);
        Assert.Equal([(0L, "late")], await _cluster.ReadLogAsync(process.Shard.State, ShardCluster.Partition));
    }

    [Fact]
    public async Task A_control_entry_whose_object_the_horizon_voided_is_refused()
    {
        var process = await _cluster.OpenAsync();
        var page = new PageRef(process.Shard.NewObject(ObjectKind.Page), 0, 0, 1, -1, 1);
        await process.Shard.SubmitAsync(state => new HorizonEntry(0, state.Version + 1), ShardCluster.Token);

        var outcome = await process.Shard.SubmitAsync(_ => new PageEntry(0, 0, page, 0), ShardCluster.Token);

        Assert.Equal(CommitResult.Void, outcome.Result);
    }

    [Fact]
    public async Task A_store_that_refuses_fails_the_append_and_later_ones_go_through()
    {
        var process = await _cluster.OpenAsync();
        process.Metadata.BeforePut = _ => throw new StoreException(StoreErrorKind.Refused, "disk full");
        Assert.Equal(ErrorCode.StoreRefused, (await process.AppendAsync("a")).Error);
        process.Metadata.BeforePut = null;
        process.Objects.BeforePut = _ => throw new StoreException(StoreErrorKind.Refused, "disk full");
        Assert.Equal(ErrorCode.StoreRefused, (await process.AppendAsync("b")).Error);
        process.Objects.BeforePut = null;

        Assert.Equal(0, (await process.AppendAsync("c")).BaseOffset);
    }

    [Fact]
    public async Task A_conditional_append_takes_effect_only_at_its_offset()
    {
        var process = await _cluster.OpenAsync();
        Assert.Equal(0, (await process.AppendAsync(ShardCluster.Batch("a", "b"), expectedOffset: 0)).BaseOffset);

        var refused = await process.AppendAsync(ShardCluster.Batch("c"), expectedOffset: 0);

        Assert.Equal((ErrorCode.OffsetMismatch, 2L), (refused.Error, refused.LogEndOffset));
        Assert.Equal(2, (await process.AppendAsync(ShardCluster.Batch("c"), expectedOffset: 2)).BaseOffset);
    }

    [Fact]
    public async Task Of_many_conditional_appends_at_one_offset_from_several_processes_exactly_one_wins()
    {
        var processes = new[] { await _cluster.OpenAsync(), await _cluster.OpenAsync() };
        var results = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => processes[i % 2].AppendAsync(ShardCluster.Batch($"r{i}"), expectedOffset: 0)));

        Assert.Single(results, r => r.Error == ErrorCode.None);
        Assert.Equal(19, results.Count(r => r.Error == ErrorCode.OffsetMismatch));
    }

    [Fact]
    public async Task A_duplicate_is_answered_with_its_original_offset_by_any_process()
    {
        var (process, other) = (await _cluster.OpenAsync(), await _cluster.OpenAsync());
        await process.AppendAsync("before");
        var original = await process.AppendAsync(Sequenced(0, "a", "b"));

        var again = await other.AppendAsync(Sequenced(0, "a", "b"));

        Assert.Equal((1L, 2L, false), (original.BaseOffset, original.LastOffset, original.Duplicate));
        Assert.Equal((ErrorCode.None, 1L, 2L, true), (again.Error, again.BaseOffset, again.LastOffset, again.Duplicate));
        Assert.Equal(3, other.Shard.State.Find(ShardCluster.Partition)!.EndOffset);
    }

    [Fact]
    public async Task A_sequence_gap_is_refused_and_what_follows_the_last_one_goes_on()
    {
        var process = await _cluster.OpenAsync();
        await process.AppendAsync(Sequenced(0, "a", "b"));

        Assert.Equal(ErrorCode.OutOfOrderSequence, (await process.AppendAsync(Sequenced(3, "d"))).Error);
        Assert.Equal(2, (await process.AppendAsync(Sequenced(2, "c"))).BaseOffset);
    }

    [Fact]
    public async Task An_older_epoch_is_fenced_and_a_newer_one_begins_at_zero()
    {
        var process = await _cluster.OpenAsync();
        await process.AppendAsync(Sequenced(0, "a"));

        Assert.Equal(ErrorCode.OutOfOrderSequence, (await process.AppendAsync(Sequenced(1, epoch: 1, "b"))).Error);
        Assert.Equal(1, (await process.AppendAsync(Sequenced(0, epoch: 1, "b"))).BaseOffset);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, (await process.AppendAsync(Sequenced(1, "c"))).Error);
    }

    [Fact]
    public async Task Buffers_that_are_full_refuse_with_a_time_to_retry_and_take_appends_again_later()
    {
        var release = new TaskCompletionSource();
        var process = await _cluster.OpenAsync(
            o => (o.FlushBytes, o.MaxBufferedBytesPerShard, o.MaxBufferWait) = (4096, 8192, TimeSpan.Zero));
        process.Objects.BeforePut = _ => release.Task;
        var big = new string('x', 5000);
        var first = process.AppendAsync(big);

        var refused = await process.AppendAsync(big);
        release.SetResult();

        Assert.Equal(ErrorCode.Overloaded, refused.Error);
        Assert.True(refused.RetryAfterMs > 0);
        Assert.Equal(0, (await first).BaseOffset);
        Assert.Equal(1, (await process.AppendAsync(big)).BaseOffset);
    }

    [Fact]
    public async Task Uploads_may_finish_in_any_order_and_commits_keep_the_order_of_sealing()
    {
        var process = await _cluster.OpenAsync();
        var firstUpload = new TaskCompletionSource();
        var firstStarted = new TaskCompletionSource();
        var count = 0;
        process.Objects.BeforePut = _ =>
        {
            if (Interlocked.Increment(ref count) > 1)
                return Task.CompletedTask;
            firstStarted.SetResult();
            return firstUpload.Task;
        };
        var first = process.AppendAsync("first");
        await firstStarted.Task;
        var second = process.AppendAsync("second");
        while (process.PutSegments.Count() < 2)
            await Task.Yield();

        firstUpload.SetResult();

        Assert.Equal((0L, 1L), ((await first).BaseOffset, (await second).BaseOffset));
    }

    [Fact]
    public async Task A_drained_shard_has_committed_everything_it_took()
    {
        var process = await _cluster.OpenAsync(o => o.FlushInterval = TimeSpan.FromMinutes(1));
        await process.AppendAsync("opens the interval");
        var appends = Enumerable.Range(0, 10).Select(i => process.AppendAsync($"r{i}")).ToArray();

        await process.Shard.DrainAsync(ShardCluster.Token);

        Assert.All(await Task.WhenAll(appends), r => Assert.Equal(ErrorCode.None, r.Error));
        Assert.Equal(ErrorCode.ShuttingDown, (await process.AppendAsync("too late")).Error);
    }

    private static ReadOnlyMemory<byte> Sequenced(int sequence, params string[] values) => Sequenced(sequence, 0, values);

    private static ReadOnlyMemory<byte> Sequenced(int sequence, short epoch, params string[] values) =>
        ShardCluster.Batch(new RecordBatchOptions { ProducerId = 7, ProducerEpoch = epoch, BaseSequence = sequence }, values);

    private static void LoseReplies(ShardCluster.Process process, int count) =>
        process.Metadata.AfterPut = (_, result) =>
            result.Succeeded && count-- > 0 ? throw new StoreException(StoreErrorKind.Ambiguous, "the reply was lost") : Task.CompletedTask;
}
