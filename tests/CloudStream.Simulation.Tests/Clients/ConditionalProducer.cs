using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Simulation.Tests.Brokers;
using CloudStream.Simulation.Tests.Checking;

namespace CloudStream.Simulation.Tests.Clients;

/// <summary>Appends only where it believes the log to end, and learns from refusals.</summary>
internal sealed class ConditionalProducer(World world, string name, int partition) : Client(world, name)
{
    private long _end = -1;
    private int _sent;

    protected override async Task RunAsync()
    {
        while (!IsStopping)
        {
            if (_end < 0)
                await LookAsync();
            else
                await AppendOnceAsync();
            await ThinkAsync();
        }
    }

    private async Task LookAsync()
    {
        var invoked = History.Now;
        var (outcome, reply) = await CallAsync(
            (broker, cancel) => broker.ListOffsetAsync(new TopicPartition(Topic, partition), OffsetSpec.Latest, cancel));
        if (outcome == CallOutcome.Answered && reply.Error == ErrorCode.None)
        {
            _end = reply.Offset;
            History.Observations.Add(new Observation(Name, Process, partition, invoked, History.Now, -1, _end, []));
        }
    }

    private async Task AppendOnceAsync()
    {
        string[] values = [$"{Name}:{_sent++}"];
        var append = History.Begin(Name, partition, values, expectedOffset: _end);
        var (outcome, reply) = await AppendAsync(partition, Batch(values), _end);
        (append.Completed, append.Error) = (History.Now, reply.Error);
        if (outcome == CallOutcome.Answered && reply.Error == ErrorCode.None)
        {
            (append.Outcome, append.BaseOffset, append.LogEnd) = (AppendOutcome.Acknowledged, reply.BaseOffset, reply.LogEndOffset);
            Successes++;
            _end = reply.LogEndOffset;
        }
        else if (outcome == CallOutcome.Refused || (outcome == CallOutcome.Answered && IsRefusal(reply.Error)))
        {
            append.Outcome = AppendOutcome.Refused;
            append.LogEnd = reply.Error == ErrorCode.OffsetMismatch ? reply.LogEndOffset : -1;
            _end = append.LogEnd;
            Successes += reply.Error == ErrorCode.OffsetMismatch ? 1 : 0;
        }
        else
        {
            _end = -1;
        }
    }
}
