using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Cluster;
using CloudStream.Log.Calls;

namespace CloudStream.Engine.Tests.Topics;

/// <summary>Lost replies, throttling and crashes at every step of every change of topics.</summary>
public sealed class TopicFaultTests
{
    private static readonly Dictionary<string, string> s_plain = [];

    // More calls than any of the changes makes; a test that never reaches one has nothing to check there.
    private const int Steps = 16;

    public static TheoryData<string> Changes => ["create", "widen", "alter", "delete"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task AChangeSurvivesAFaultOnAnyCallAndTakesEffectOnce(string change)
    {
        for (var at = 0; at < Steps; at++)
        {
            foreach (var fault in new[] { Fault.LostReply, Fault.LostRequest, Fault.Throttled })
            {
                var cluster = new TopicCluster();
                await PrepareAsync(cluster, change);
                var (catalog, faults) = cluster.NewBroker();
                faults.Plan = n => n == at ? fault : Fault.None;
                var result = await cluster.RunAsync(ApplyAsync(catalog, change));

                // A partition's commit is retried by its shard; here the shard is a fake that is not, and the change is finished by the
                // next one.
                if (result.Error != ErrorCode.None)
                    Assert.Contains(result.Error, new[] { ErrorCode.OutcomeUnknown, ErrorCode.StoreUnavailable });
                await AssertDoneAsync(cluster, change);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task ACrashAtAnyStepLeavesAllOrNothingForWhoComesNext(string change)
    {
        var (nothing, all) = (0, 0);
        for (var at = 0; at < Steps; at++)
        {
            foreach (var crash in new[] { Fault.CrashBefore, Fault.CrashAfter })
            {
                var cluster = new TopicCluster();
                await PrepareAsync(cluster, change);
                var (crashing, faults) = cluster.NewBroker();
                faults.Plan = n => n == at ? crash : Fault.None;
                await cluster.RunAsync(ApplyAsync(crashing, change));
                var next = cluster.NewCatalog();
                var met = await cluster.RunAsync(next.ReadAsync("orders", default));
                if (IsDone(met, change))
                {
                    all++;
                    await AssertDoneAsync(cluster, change);
                }
                else
                {
                    nothing++;
                    Assert.Equal(ErrorCode.None, (await cluster.RunAsync(ApplyAsync(next, change))).Error);
                    await AssertDoneAsync(cluster, change);
                }
            }
        }

        Assert.True(nothing > 0 && all > 0, $"{nothing} and {all}");
    }

    private static async Task PrepareAsync(TopicCluster cluster, string change)
    {
        if (change != "create")
            Assert.Equal(ErrorCode.None, (await cluster.NewCatalog().CreateAsync("orders", 2, s_plain, default)).Error);
    }

    private static ValueTask<TopicResult> ApplyAsync(TopicCatalog catalog, string change) => change switch
    {
        "create" => catalog.CreateAsync("orders", 4, s_plain, default),
        "widen" => catalog.AddPartitionsAsync("orders", 4, default),
        "alter" => catalog.AlterConfigAsync("orders", new Dictionary<string, string?> { ["retention.ms"] = "5" }, default),
        _ => catalog.DeleteAsync("orders", default),
    };

    private static bool IsDone(TopicInfo? topic, string change) => change switch
    {
        "create" or "widen" => topic?.PartitionCount == 4,
        "alter" => topic!.Config.ContainsKey("retention.ms"),
        _ => topic is null,
    };

    private static async Task AssertDoneAsync(TopicCluster cluster, string change)
    {
        var topic = await cluster.RunAsync(cluster.NewCatalog().ReadAsync("orders", default));
        Assert.True(IsDone(topic, change));
        if (topic is null)
        {
            Assert.Null(await cluster.RegisterAsync("orders"));
            Assert.Equal(0, cluster.Partitions);
            return;
        }

        Assert.Equal(TopicStage.Ready, (await cluster.RegisterAsync("orders"))!.Stage);
        Assert.Equal(Enumerable.Range(0, topic.PartitionCount), cluster.PartitionsOf(topic.Id));
        Assert.Equal(topic.PartitionCount, cluster.Partitions);
    }
}
