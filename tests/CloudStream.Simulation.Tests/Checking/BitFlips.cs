using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Simulation.Tests.Brokers;
using CloudStream.Simulation.Tests.Clients;
using CloudStream.Simulation.Tests.Scheduling;

namespace CloudStream.Simulation.Tests.Checking;

/// <summary>
/// In the end, when nobody works any more: flips one bit somewhere in some object, be it records, a directory, a checkpoint or an index
/// page, and lets a fresh broker read everything. What is damaged is reported or has no effect; nothing else than what was committed is
/// ever served.
/// </summary>
internal static class BitFlips
{
    public static async Task CheckAsync(World world, Actor actor, Func<int, CommittedLog> logOf)
    {
        var random = new Random(world.Random.Next());
        foreach (var broker in world.Scenario.FlipsAtTheEnd > 0 ? world.Brokers : [])
            broker.Crash();
        world.Shelf.Repair();
        for (var i = 0; i < world.Scenario.FlipsAtTheEnd; i++)
        {
            var names = world.Shelf.Names.ToList();
            var name = names[random.Next(names.Count)];
            var position = random.NextInt64(world.Shelf.SizeOf(name));
            world.Shelf.Damage(name, position);
            var isReported = await ReadAllAsync(world, actor, logOf);
            world.Count(isReported ? "flip: reported" : "flip: no effect");
            world.Scheduler.Trace.Note(world.Scheduler.Now, "world", "flipped a bit of", $"{name} at {position}",
                isReported ? "reported" : "no effect");
            world.Shelf.Repair();
        }
    }

    private static async Task<bool> ReadAllAsync(World world, Actor actor, Func<int, CommittedLog> logOf)
    {
        using var fresh = new SimulatedBroker(world, 98, holdLeases: false);
        fresh.Start();
        while (!fresh.IsReady && fresh.Fault is null)
            await world.DelayAsync(actor, TimeSpan.FromMilliseconds(20));
        var isReported = fresh.Fault is not null;
        for (var partition = 0; partition < world.Scenario.Partitions && fresh.Fault is null; partition++)
        {
            for (long next = 0; next < logOf(partition).End;)
            {
                var (error, start, records) = await FetchAsync(fresh, new TopicPartition(Client.Topic, partition), next);
                if (error == ErrorCode.OffsetOutOfRange && start > next)
                {
                    next = start;
                    continue;
                }

                if (error != ErrorCode.None)
                {
                    isReported |= error is ErrorCode.CorruptStorage or ErrorCode.ShardUnreadable
                        ? true
                        : throw Unexpected(partition, next, error);
                    next++;
                    continue;
                }

                foreach (var (offset, value) in records)
                {
                    if (offset != next++ || logOf(partition)[offset] != value)
                        throw new ViolationException("damage is never served",
                            $"p{partition} serves {value} at {offset} from a damaged object; {logOf(partition)[offset]} was committed");
                }
            }
        }

        fresh.Crash();
        return isReported;
    }

    private static ViolationException Unexpected(int partition, long offset, ErrorCode error) =>
        new("reads succeed", $"a damaged object makes a read of p{partition} at {offset} end in {error}");

    private static async Task<(ErrorCode Error, long LogStart, List<(long Offset, string Value)> Records)> FetchAsync(
        SimulatedBroker broker, TopicPartition place, long from)
    {
        var (outcome, reply) = await broker.CallAsync(
            async (b, cancel) =>
            {
                using var result = await b.FetchAsync(place, from, new FetchOptions(), cancel);
                return (result.Error, result.LogStartOffset,
                    Records: result.Pieces.SelectMany(p => BatchValues.WithOffsets(p)).Where(r => r.Offset >= from).ToList());
            },
            TimeSpan.FromMinutes(1));
        return outcome == CallOutcome.Answered
            ? reply
            : throw new ViolationException("progress", $"a read of {place} at {from} from a damaged object is not answered");
    }
}
