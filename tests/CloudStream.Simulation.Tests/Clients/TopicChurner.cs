using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Simulation.Tests.Brokers;

namespace CloudStream.Simulation.Tests.Clients;

/// <summary>
/// Creates, widens, fills and deletes topics over whatever brokers there are; it is the only one who knows their names, so it knows what
/// must be there unless an outcome was unknown. A name is used again and again as long as every answer was certain, so that a create whose
/// reply the store lost would be seen to come late.
/// </summary>
internal sealed class TopicChurner(World world, string name) : Client(world, name)
{
    private static readonly Dictionary<string, string> s_noConfig = [];
    private int _sent;
    private bool _isCertain = true;

    protected override async Task RunAsync()
    {
        for (var names = 0; !IsStopping;)
        {
            var topic = $"{Name}-{names}";
            if (await CreateAsync(topic, 1 + Random.Next(5)) is { } partitions)
            {
                for (var i = Random.Next(12); i > 0 && !IsStopping; i--)
                    await AppendAsync(topic, Random.Next(partitions));
                if (Random.Next(3) == 0)
                    await CallAsync((broker, cancel) => broker.AddPartitionsAsync(topic, partitions + 2, cancel));
            }

            await DeleteAsync(topic);
            if (!_isCertain)
                (names, _isCertain) = (names + 1, true);
        }
    }

    // Again and again until the outcome is certain. Null: it stopped before.
    private async Task<int?> CreateAsync(string topic, int partitions)
    {
        for (var tries = 0; !IsStopping; tries++)
        {
            var (outcome, reply) = await CallAsync((broker, cancel) => broker.CreateTopicAsync(topic, partitions, s_noConfig, cancel));
            Count(outcome, reply, "create");
            if (outcome == CallOutcome.Answered && reply.Error == ErrorCode.None)
            {
                Successes++;
                return partitions;
            }

            if (outcome == CallOutcome.Answered && reply.Error == ErrorCode.TopicExists)
                return tries > 0 || !_isCertain
                    ? partitions
                    : throw new ViolationException("topics", $"{topic} exists before it was created");
            await DelayAsync(TimeSpan.FromMilliseconds(200));
        }

        return null;
    }

    private async Task DeleteAsync(string topic)
    {
        for (var tries = 0; ; tries++)
        {
            var (outcome, reply) = await CallAsync((broker, cancel) => broker.DeleteTopicAsync(topic, cancel));
            Count(outcome, reply, "delete");
            if (outcome == CallOutcome.Answered && reply.Error is (ErrorCode.None or ErrorCode.UnknownTopic))
                return;
            await DelayAsync(TimeSpan.FromMilliseconds(200));
        }
    }

    private async Task AppendAsync(string topic, int partition)
    {
        string[] values = [$"{Name}:{_sent++}"];
        var (outcome, reply) = await CallAsync(
            (broker, cancel) => broker.AppendAsync(new TopicPartition(topic, partition), Batch(values), new AppendOptions(), cancel));
        if (_isCertain && outcome == CallOutcome.Answered && reply.Error is (ErrorCode.UnknownTopic or ErrorCode.UnknownPartition))
            throw new ViolationException("topics",
                $"{topic} was created, and an append to its partition {partition} was answered {reply.Error}: {reply.Detail}");
        await ThinkAsync();
    }

    private void Count(CallOutcome outcome, TopicResult reply, string what)
    {
        _isCertain &= outcome != CallOutcome.Unknown && reply.Error != ErrorCode.OutcomeUnknown;
        World.Count($"{what}: {(outcome == CallOutcome.Answered ? reply.Error.ToString() : outcome.ToString())}");
    }
}
