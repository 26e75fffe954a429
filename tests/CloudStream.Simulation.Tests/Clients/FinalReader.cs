using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Simulation.Tests.Brokers;
using CloudStream.Simulation.Tests.Checking;
using CloudStream.Simulation.Tests.Scheduling;

namespace CloudStream.Simulation.Tests.Clients;

/// <summary>Reads a whole log through a broker that has just started and knows nothing.</summary>
internal static class FinalReader
{
    /// <returns>The log start offset.</returns>
    public static async Task<long> ReadAsync(World world, Actor actor, int partition, List<(long Offset, string Value)> log)
    {
        using var fresh = new SimulatedBroker(world, 99, holdLeases: false);
        fresh.Start();
        while (!fresh.IsReady)
            await world.DelayAsync(actor, TimeSpan.FromMilliseconds(20));
        var place = new TopicPartition(Client.Topic, partition);
        var start = await AskAsync(fresh, place, OffsetSpec.Earliest);
        var end = await AskAsync(fresh, place, OffsetSpec.Latest);
        for (var next = start; next < end;)
        {
            var from = next;
            var (outcome, (error, detail, behind, records)) = await fresh.CallAsync(
                async (broker, cancel) =>
                {
                    using var result = await broker.FetchAsync(place, from, new FetchOptions(), cancel);
                    return (result.Error, result.Detail, result.NextOffset,
                        Records: result.Pieces.SelectMany(p => BatchValues.WithOffsets(p)).Where(r => r.Offset >= from).ToList());
                },
                TimeSpan.FromMinutes(1));
            if (error is ErrorCode.CorruptStorage or ErrorCode.ShardUnreadable && world.Shelf.Damaged.Count > 0)
            {
                next++;
                continue;
            }

            if (error == ErrorCode.None && records.Count == 0 && behind > from)
            {
                next = behind; // The end of the log was given up; what that leaves out is judged later.
                continue;
            }

            if (outcome != CallOutcome.Answered || error != ErrorCode.None || records.Count == 0)
                throw new ViolationException("reads succeed", $"the final read of {place} at {from}: {outcome} {error} {detail}");
            log.AddRange(records);
            next = records[^1].Offset + 1;
        }

        fresh.Crash();
        return start;
    }

    private static async Task<long> AskAsync(SimulatedBroker broker, TopicPartition place, OffsetSpec spec)
    {
        var (outcome, reply) = await broker.CallAsync((b, cancel) => b.ListOffsetAsync(place, spec, cancel), TimeSpan.FromMinutes(1));
        return outcome == CallOutcome.Answered && reply.Error == ErrorCode.None
            ? reply.Offset
            : throw new ViolationException("reads succeed", $"the offset {spec} of {place}: {outcome} {reply.Error} {reply.Detail}");
    }
}
