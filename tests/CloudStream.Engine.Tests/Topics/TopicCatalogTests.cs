using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Cluster;
using CloudStream.Log.Calls;

namespace CloudStream.Engine.Tests.Topics;

public sealed class TopicCatalogTests
{
    private static readonly Dictionary<string, string> s_plain = [];
    private readonly TopicCluster _cluster = new();

    [Fact]
    public async Task ACreatedTopicHasItsPartitionsInItsShardsAndIsFound()
    {
        var catalog = _cluster.NewCatalog();
        var topic = await CreateAsync(catalog, "orders", 6);
        Assert.Equal([0, 1, 2, 3, 4, 5], _cluster.PartitionsOf(topic.Id));
        Assert.All(Enumerable.Range(0, 6), p => Assert.Equal(topic.Shards[p], _cluster.ShardOf(topic.Id, p)));
        Assert.Equal([2, 2, 2], topic.Shards.CountBy(s => s).Select(c => c.Value));
        Assert.Same(await catalog.FindAsync("orders", default), await catalog.FindAsync(topic.Id, default));
        Assert.Equal(TopicStage.Ready, (await _cluster.RegisterAsync("orders"))!.Stage);
    }

    [Fact]
    public async Task ATopicThatAnotherBrokerCreatedIsFoundAtOnce()
    {
        var (a, b) = (_cluster.NewCatalog(), _cluster.NewCatalog());
        Assert.Null(await b.FindAsync("orders", default));
        _cluster.Time.Advance(TimeSpan.FromMilliseconds(51));
        var topic = await CreateAsync(a, "orders", 2);
        Assert.Equal(topic.Id, (await b.FindAsync("orders", default))!.Id);
    }

    [Fact]
    public async Task TheNumberOfPartitionsIsTheBrokersWhereNobodySaysIt()
    {
        var options = new BrokerOptions();
        Assert.True(BrokerSettings.TryApply(options, "num.partitions", "4", out _));
        Assert.Equal(4, (await CreateAsync(_cluster.NewBroker(options).Catalog, "orders", -1)).PartitionCount);
    }

    [Fact]
    public async Task ATopicThatExistsIsNotCreatedAgain()
    {
        var catalog = _cluster.NewCatalog();
        await CreateAsync(catalog, "orders", 1);
        var again = await catalog.CreateAsync("orders", 1, s_plain, default);
        Assert.Equal((ErrorCode.TopicExists, "Topic 'orders' already exists."), (again.Error, again.Detail));
    }

    [Theory]
    [InlineData("", "Topic name is invalid: the empty string is not allowed")]
    [InlineData(".", "Topic name is invalid: '.' is not allowed")]
    [InlineData("..", "Topic name is invalid: '..' is not allowed")]
    [InlineData("a/b", "Topic name is invalid: 'a/b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")]
    [InlineData("ä", "Topic name is invalid: 'ä' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")]
    public async Task ANameThatKafkaForbidsIsRefusedAndNeverFound(string name, string detail)
    {
        var catalog = _cluster.NewCatalog();
        var result = await catalog.CreateAsync(name, 1, s_plain, default);
        Assert.Equal((ErrorCode.InvalidTopicName, detail), (result.Error, result.Detail));
        Assert.Null(await catalog.FindAsync(name, default));
        Assert.Equal(ErrorCode.UnknownTopic, (await catalog.DeleteAsync(name, default)).Error);
    }

    [Fact]
    public async Task ANameMayHave249CharactersAndNotOneMore()
    {
        var catalog = _cluster.NewCatalog();
        await CreateAsync(catalog, new string('a', 249), 1);
        var result = await catalog.CreateAsync(new string('a', 250), 1, s_plain, default);
        Assert.Equal(
            (ErrorCode.InvalidTopicName,
                $"Topic name is invalid: the length of '{new string('a', 250)}' is longer than the max allowed length 249"),
            (result.Error, result.Detail));
        result = await catalog.CreateAsync(new string('ä', 32_000), 1, s_plain, default);
        Assert.Equal("Topic name is invalid: the length of a name of 32000 characters is longer than the max allowed length 249",
            result.Detail);
    }

    [Fact]
    public async Task NamesThatDifferOnlyInDotAndUnderscoreCollide()
    {
        await CreateAsync(_cluster.NewCatalog(), "a.b_c", 1);
        var result = await _cluster.NewCatalog().CreateAsync("a_b.c", 1, s_plain, default);
        Assert.Equal((ErrorCode.InvalidTopicName, "Topic 'a_b.c' collides with existing topic: a.b_c"), (result.Error, result.Detail));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(10001)]
    public async Task APartitionCountOutOfRangeIsRefused(int partitions)
    {
        var result = await _cluster.NewCatalog().CreateAsync("orders", partitions, s_plain, default);
        Assert.Equal((ErrorCode.InvalidPartitions, $"{partitions} partitions were asked for; the limit is 1 to 10000."),
            (result.Error, result.Detail));
    }

    [Fact]
    public async Task TheLargestTopicFitsItsRegister()
    {
        var topic = await CreateAsync(_cluster.NewCatalog(), "orders", 10_000);
        Assert.Equal(10_000, _cluster.PartitionsOf(topic.Id).Length);
    }

    [Fact]
    public async Task TopicsAreListedByName()
    {
        var catalog = _cluster.NewCatalog();
        foreach (var name in new[] { "b", "a", "B" })
            await CreateAsync(catalog, name, 1);
        Assert.Equal(["B", "a", "b"], (await catalog.ListAsync(default)).Select(t => t.Name));
    }

    [Fact]
    public async Task SettingsAreSetAndReset()
    {
        var catalog = _cluster.NewCatalog();
        var created = await catalog.CreateAsync(
            "orders", 1, new Dictionary<string, string> { ["retention.ms"] = "5", ["segment.bytes"] = "1048576" }, default);
        Assert.Equal(5, catalog.ConfigOf(created.Topic!).RetentionMs);
        var altered = await catalog.AlterConfigAsync(
            "orders", new Dictionary<string, string?> { ["retention.ms"] = null, ["max.message.bytes"] = "99" }, default);
        Assert.Equal((604_800_000L, 99), (catalog.ConfigOf(altered.Topic!).RetentionMs, catalog.ConfigOf(altered.Topic!).MaxMessageBytes));
        Assert.Equal(["max.message.bytes", "segment.bytes"], altered.Topic!.Config.Keys);
        Assert.Equal(altered.Topic, await catalog.FindAsync("orders", default));
    }

    [Fact]
    public async Task AWrongSettingChangesNothing()
    {
        var catalog = _cluster.NewCatalog();
        await CreateAsync(catalog, "orders", 1);
        var result = await catalog.AlterConfigAsync(
            "orders", new Dictionary<string, string?> { ["retention.ms"] = "5", ["cleanup.policy"] = "shrink" }, default);
        Assert.Equal((ErrorCode.InvalidConfig, "cleanup.policy is 'shrink'; it must be a list of: compact, delete."),
            (result.Error, result.Detail));
        Assert.Empty((await _cluster.RegisterAsync("orders"))!.Config);
        Assert.Equal(ErrorCode.InvalidConfig,
            (await catalog.CreateAsync("x", 1, new Dictionary<string, string> { ["retention.m"] = "1" }, default)).Error);
        Assert.Equal(ErrorCode.UnknownTopic, (await catalog.AlterConfigAsync("nothing", new Dictionary<string, string?>(), default)).Error);
    }

    [Fact]
    public async Task AChangeOfSettingsElsewhereIsSeenAfterAFewSeconds()
    {
        var (a, b) = (_cluster.NewCatalog(), _cluster.NewCatalog());
        await CreateAsync(a, "orders", 1);
        Assert.Empty((await b.FindAsync("orders", default))!.Config);
        await a.AlterConfigAsync("orders", new Dictionary<string, string?> { ["retention.ms"] = "5" }, default);
        _cluster.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("5", (await b.FindAsync("orders", default))!.Config["retention.ms"]);
    }

    [Fact]
    public async Task ADeletionElsewhereIsSeenAfterAFewSeconds()
    {
        var (a, b) = (_cluster.NewCatalog(), _cluster.NewCatalog());
        var id = (await CreateAsync(a, "orders", 1)).Id;
        Assert.NotNull(await b.FindAsync("orders", default));
        await a.DeleteAsync("orders", default);
        _cluster.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(await b.FindAsync("orders", default));
        Assert.Null(await b.FindAsync(id, default));
    }

    [Fact]
    public async Task AFoundTopicCostsNoCallsUntilTheListIsOld()
    {
        var (catalog, faults) = _cluster.NewBroker();
        await CreateAsync(catalog, "orders", 1);
        await catalog.FindAsync("orders", default);
        var before = faults.Calls;
        for (var i = 0; i < 100; i++)
            await catalog.FindAsync("orders", default);
        Assert.Equal(before, faults.Calls);
        _cluster.Time.Advance(TimeSpan.FromSeconds(3));
        for (var i = 0; i < 100; i++)
            await catalog.FindAsync("orders", default);
        Assert.Equal(before + 1, faults.Calls);
    }

    [Fact]
    public async Task AStoreThatIsAwayDoesNotHideWhatIsKnown()
    {
        var (catalog, faults) = _cluster.NewBroker();
        await CreateAsync(catalog, "orders", 1);
        faults.Plan = _ => Fault.Throttled;
        _cluster.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await _cluster.RunAsync(catalog.FindAsync("orders", default)));
        await Assert.ThrowsAsync<Storage.StoreException>(() => _cluster.RunAsync(catalog.FindAsync("other", default)));
        Assert.Equal(ErrorCode.StoreUnavailable, (await _cluster.RunAsync(catalog.CreateAsync("other", 1, s_plain, default))).Error);
    }

    [Fact]
    public async Task AddedPartitionsContinueTheRotation()
    {
        var catalog = _cluster.NewCatalog();
        var before = await CreateAsync(catalog, "orders", 2);
        var after = (await catalog.AddPartitionsAsync("orders", 6, default)).Topic!;
        Assert.Equal(before.Shards, after.Shards[..2]);
        Assert.Equal([2, 2, 2], after.Shards.CountBy(s => s).Select(c => c.Value));
        Assert.Equal([0, 1, 2, 3, 4, 5], _cluster.PartitionsOf(after.Id));
    }

    [Theory]
    [InlineData(2, "Topic orders has 2 partitions; their number can only grow, 2 is not more.")]
    [InlineData(1, "Topic orders has 2 partitions; their number can only grow, 1 is not more.")]
    [InlineData(10001, "10001 partitions were asked for; the limit is 1 to 10000.")]
    public async Task PartitionsAreNeverTakenAway(int count, string detail)
    {
        var catalog = _cluster.NewCatalog();
        await CreateAsync(catalog, "orders", 2);
        var result = await catalog.AddPartitionsAsync("orders", count, default);
        Assert.Equal((ErrorCode.InvalidPartitions, detail), (result.Error, result.Detail));
    }

    [Fact]
    public async Task ADeletedTopicIsGoneAndCreatedAgainItIsAnother()
    {
        var catalog = _cluster.NewCatalog();
        var first = await CreateAsync(catalog, "orders", 6);
        var deleted = await catalog.DeleteAsync("orders", default);
        Assert.Equal((ErrorCode.None, first.Id), (deleted.Error, deleted.Topic!.Id));
        Assert.Equal(0, _cluster.Partitions);
        Assert.Null(await catalog.FindAsync("orders", default));
        Assert.Equal(ErrorCode.UnknownTopic, (await catalog.DeleteAsync("orders", default)).Error);
        Assert.NotEqual(first.Id, (await CreateAsync(catalog, "orders", 1)).Id);
    }

    [Fact]
    public async Task WhoAsksForATopicThatWasLeftHalfCreatedFinishesIt()
    {
        var id = new Guid("00000000-0000-4000-8000-000000000001");
        await _cluster.LeaveBehindAsync("orders", new TopicRegister(id, TopicStage.Creating, 0, [2, 0], TopicCluster.NoConfig));
        _cluster.Place(2, new PartitionId(id, 0));
        Assert.Equal(2, (await _cluster.NewCatalog().FindAsync("orders", default))!.PartitionCount);
        Assert.Equal([0, 1], _cluster.PartitionsOf(id));
    }

    [Fact]
    public async Task AHalfDeletedTopicIsNotSeenAndItsNameCanBeTakenAtOnce()
    {
        var id = new Guid("00000000-0000-4000-8000-000000000001");
        await _cluster.LeaveBehindAsync("orders", new TopicRegister(id, TopicStage.Deleting, 2, [2, 0], TopicCluster.NoConfig));
        _cluster.Place(0, new PartitionId(id, 1));
        var catalog = _cluster.NewCatalog();
        Assert.Empty(await catalog.ListAsync(default));
        var created = await CreateAsync(catalog, "orders", 1);
        Assert.Empty(_cluster.PartitionsOf(id));
        Assert.Equal([0], _cluster.PartitionsOf(created.Id));
    }

    [Fact]
    public async Task WhatStaysHalfDoneFromOneListToTheNextIsFinishedWithoutAnybodyAsking()
    {
        var id = new Guid("00000000-0000-4000-8000-000000000001");
        await _cluster.LeaveBehindAsync("orders", new TopicRegister(id, TopicStage.Deleting, 1, [2], TopicCluster.NoConfig));
        _cluster.Place(2, new PartitionId(id, 0));
        var catalog = _cluster.NewCatalog();
        await catalog.ListAsync(default);
        await catalog.FinishAbandonedAsync(default);
        Assert.NotNull(await _cluster.RegisterAsync("orders"));
        _cluster.Time.Advance(TimeSpan.FromSeconds(3));
        await catalog.ListAsync(default);
        await catalog.FinishAbandonedAsync(default);
        Assert.Null(await _cluster.RegisterAsync("orders"));
        Assert.Equal(0, _cluster.Partitions);
    }

    [Fact]
    public async Task ATopicThatIsBeingWidenedShowsThePartitionsThatItHad()
    {
        var id = new Guid("00000000-0000-4000-8000-000000000001");
        await _cluster.LeaveBehindAsync("orders", new TopicRegister(id, TopicStage.Creating, 1, [2, 0, 1], TopicCluster.NoConfig));
        Assert.Equal(1, Assert.Single(await _cluster.NewCatalog().ListAsync(default)).PartitionCount);
        Assert.Equal(3, (await _cluster.NewCatalog().ReadAsync("orders", default))!.PartitionCount);
    }

    [Fact]
    public async Task TheSweepTakesPartitionsOfNoTopicAndNoOthers()
    {
        var catalog = _cluster.NewCatalog();
        var topic = await CreateAsync(catalog, "orders", 3);
        var creating = new Guid("00000000-0000-4000-8000-000000000001");
        var dead = new Guid("00000000-0000-4000-8000-000000000002");
        await _cluster.LeaveBehindAsync("new", new TopicRegister(creating, TopicStage.Creating, 0, [1], TopicCluster.NoConfig));
        _cluster.Place(1, new PartitionId(creating, 0));
        _cluster.Place(2, new PartitionId(dead, 7));
        Assert.Equal(1, await catalog.SweepPartitionsAsync(default));
        Assert.Empty(_cluster.PartitionsOf(dead));
        Assert.Equal([0], _cluster.PartitionsOf(creating));
        Assert.Equal([0, 1, 2], _cluster.PartitionsOf(topic.Id));
    }

    private static async Task<TopicInfo> CreateAsync(TopicCatalog catalog, string name, int partitions)
    {
        var result = await catalog.CreateAsync(name, partitions, s_plain, default);
        Assert.Equal((ErrorCode.None, null), (result.Error, result.Detail));
        return result.Topic!;
    }
}
