using Confluent.Kafka;

namespace ConfluentMatrix.Scenarios;

/// <summary>A member of a group on a thread of its own; it reads until it leaves.</summary>
internal sealed class Member
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private readonly IConsumer<string, string> _consumer;
    private readonly Task _reading;
    private volatile bool _leaving;
    private volatile int[] _owned = [];

    public Member(Broker broker, string group, string topic, PartitionAssignmentStrategy strategy, Action<string> see)
    {
        _consumer = broker.Consumer(group, config =>
        {
            config.PartitionAssignmentStrategy = strategy;
            config.EnableAutoCommit = true;
            config.AutoCommitIntervalMs = 500;
        });
        _consumer.Subscribe(topic);
        _reading = Task.Factory.StartNew(() => Read(see), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The partitions that it owned when it last asked for records.</summary>
    public int[] Owned => _owned;

    public Task LeaveAsync()
    {
        _leaving = true;
        return _reading;
    }

    private void Read(Action<string> see)
    {
        while (!_leaving)
        {
            if (_consumer.Consume(Poll) is { } record)
                see(record.Message.Value);
            _owned = [.. _consumer.Assignment.Select(p => p.Partition.Value).Order()];
        }

        _consumer.Close();
        _consumer.Dispose();
    }
}
