using CloudStream.Log.Calls;
using CloudStream.Log.Health;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Shards;

/// <summary>Writes that fail are said once, whoever meets it, and said to be over.</summary>
public sealed class WriteTroubleTests : IAsyncDisposable
{
    private static readonly StoreException s_full = new(StoreErrorKind.NotWritable, "test") { Condition = "the disk is full" };
    private readonly ShardCluster _cluster = new();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_full_disk_is_told_to_every_producer_and_once_to_people(bool areObjectsRefused)
    {
        var process = await _cluster.OpenAsync();
        if (areObjectsRefused)
            process.Objects.BeforePut = _ => throw s_full;
        else
            process.Metadata.BeforePut = _ => throw s_full;

        for (var i = 0; i < 5; i++)
        {
            var refused = await process.AppendAsync("a");
            Assert.Equal((ErrorCode.NotWritable, "Not writable: the disk is full."), (refused.Error, refused.Detail));
        }

        Assert.Equal("Nothing can be written: the disk is full.", process.Troubles.Report().NotWritable);
        Assert.Equal(1, process.Troubles.Report().Total);

        process.Objects.BeforePut = null;
        process.Metadata.BeforePut = null;
        Assert.Equal(0, (await process.AppendAsync("b")).BaseOffset);
        Assert.Same(HealthReport.Sound, process.Troubles.Report());
    }

    [Fact]
    public async Task Uploads_that_fail_again_and_again_are_said_and_tried_until_they_succeed()
    {
        var process = await _cluster.OpenAsync();
        var (failures, said) = (0, 0);
        process.Objects.BeforePut = _ =>
        {
            said = process.Troubles.Report().Total;
            return ++failures <= 6 ? throw new StoreException(StoreErrorKind.Unavailable, "away") : Task.CompletedTask;
        };

        Assert.Equal(0, (await process.AppendAsync("a")).BaseOffset);

        Assert.Equal((7, 1), (failures, said));
        Assert.False(process.Troubles.Report().IsDegraded);
    }

    [Fact]
    public async Task Checkpoints_that_are_refused_are_said_and_not_tried_with_each_commit()
    {
        var time = new ManualTime();
        var process = await _cluster.OpenAsync(time: time);
        var tries = 0;
        process.Objects.BeforePut = name => name[8] == (char)ObjectKind.Checkpoint
            && ++tries > 0 ? throw new StoreException(StoreErrorKind.Refused, "no") : Task.CompletedTask;

        for (var i = 0; i < 10; i++)
        {
            await process.Shard.RequestCheckpointAsync(ShardCluster.Token);
            await process.Shard.RefreshAsync(ShardCluster.Token);
        }

        Assert.Equal(1, tries);
        Assert.Equal(TroubleKind.Checkpoints, Assert.Single(process.Troubles.Report().Troubles).Kind);

        process.Objects.BeforePut = null;
        time.Advance(TimeSpan.FromSeconds(10));
        await process.Shard.RequestCheckpointAsync(ShardCluster.Token);
        while (process.Shard.State.Checkpoint is null)
            await process.Shard.RefreshAsync(ShardCluster.Token);
        Assert.False(process.Troubles.Report().IsDegraded);
    }
}
