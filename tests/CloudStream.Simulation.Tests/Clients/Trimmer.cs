using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Simulation.Tests.Brokers;

namespace CloudStream.Simulation.Tests.Clients;

/// <summary>Deletes records from the front of logs now and then.</summary>
internal sealed class Trimmer(World world, string name) : Client(world, name)
{
    protected override async Task RunAsync()
    {
        while (!IsStopping)
        {
            await DelayAsync(TimeSpan.FromSeconds(1 + Random.Next(6)));
            var seen = World.History.Observations.Count;
            if (seen == 0)
                continue;
            var known = World.History.Observations[Random.Next(seen)];
            var target = (long)(Math.Max(0, known.HighWatermark) * Random.NextDouble());
            var invoked = World.History.Now;
            var (outcome, reply) = await CallAsync(
                (broker, cancel) => broker.DeleteRecordsAsync(new TopicPartition(Topic, known.Partition), target, cancel));
            if (outcome == CallOutcome.Answered && reply.Error == ErrorCode.None)
                History.Observations.Add(
                    new Observation(Name, Process, known.Partition, invoked, History.Now, reply.Offset, HighWatermark: -1, []));
            if (outcome == CallOutcome.Answered && reply.Error == ErrorCode.None && reply.Offset < target)
                throw new ViolationException("watermark",
                    $"{Name} moved the log start of p{known.Partition} to {target} and was told {reply.Offset}");
        }
    }
}
