using System.Collections.Concurrent;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ConfluentMatrix.Scenarios;

/// <summary>Members come and go while records flow.</summary>
internal sealed class Rebalance(Broker broker, string prefix, PartitionAssignmentStrategy strategy)
{
    private const int Partitions = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string _topic = $"{prefix}-flow";
    private readonly string _group = $"{prefix}-group";
    private readonly ConcurrentDictionary<int, bool> _seen = new();
    private readonly List<Member> _members = [];
    private volatile bool _flowing = true;
    private volatile int _sent;

    public static Task RunAsync(Broker broker, string prefix, PartitionAssignmentStrategy strategy) =>
        new Rebalance(broker, prefix, strategy).ComeAndGoAsync();

    private async Task ComeAndGoAsync()
    {
        await broker.CreateAsync(_topic, Partitions);
        Task flow = Task.Factory.StartNew(Flow, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using IAdminClient admin = broker.Admin();
        await JoinAsync(admin, 1);
        await JoinAsync(admin, 1);
        await JoinAsync(admin, 3);
        Check.Same(1, _members.Count(m => m.Owned.Length == 0), "idle members of five");
        await _members[0].LeaveAsync();
        await _members[4].LeaveAsync();
        _members.RemoveAt(4);
        _members.RemoveAt(0);
        await AtRestAsync(admin);
        _flowing = false;
        await flow;

        Check.That(_sent > 100, $"only {_sent} records flowed");
        await Check.EventuallyAsync(() => Task.FromResult(_seen.Count == _sent ? null : $"{_seen.Count} of {_sent}"),
            "the group reads every record");
        await Task.WhenAll(_members.Select(m => m.LeaveAsync()));
        await Check.EventuallyAsync(async () => (await DescribeAsync(admin)).State is ConsumerGroupState.Empty ? null : "members",
            "the group is empty");
    }

    private async Task JoinAsync(IAdminClient admin, int count)
    {
        for (int i = 0; i < count; i++)
            _members.Add(new Member(broker, _group, _topic, strategy, value => _seen.TryAdd(Records.NumberOf(value), true)));
        await AtRestAsync(admin);
    }

    /// <summary>At rest: each partition has one owner among our members, and the coordinator says the same.</summary>
    private Task AtRestAsync(IAdminClient admin) => Check.EventuallyAsync(
        async () =>
        {
            ConsumerGroupDescription described = await DescribeAsync(admin);
            string theirs = Text(described.Members.Select(m => m.Assignment.TopicPartitions.Select(p => p.Partition.Value)));
            string ours = Text(_members.Select(m => (IEnumerable<int>)m.Owned));
            string owned = string.Join(',', _members.SelectMany(m => m.Owned).Order());
            bool settled = described.State == ConsumerGroupState.Stable && theirs == ours && owned == "0,1,2,3"
                && described.Members.Count == _members.Count;
            return settled ? null : $"{described.State}, ours {ours}, theirs {theirs}";
        },
        $"{_members.Count} members share {Partitions} partitions");

    private static string Text(IEnumerable<IEnumerable<int>> owners) =>
        string.Join(' ', owners.Select(o => $"[{string.Join(',', o.Order())}]").Order(StringComparer.Ordinal));

    private async Task<ConsumerGroupDescription> DescribeAsync(IAdminClient admin) =>
        (await admin.DescribeConsumerGroupsAsync(
            [_group], new DescribeConsumerGroupsOptions { RequestTimeout = Limit })).ConsumerGroupDescriptions[0];

    private void Flow()
    {
        using IProducer<string, string> producer = broker.Producer();
        while (_flowing)
        {
            for (int i = 0; i < 100; i++)
                producer.Produce(_topic, Records.At(_sent++));
            producer.Flush(Limit);
        }
    }
}
