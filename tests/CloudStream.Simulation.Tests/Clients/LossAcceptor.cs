using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Simulation.Tests.Brokers;

namespace CloudStream.Simulation.Tests.Clients;

/// <summary>
/// An operator who reads logs from end to end and gives up what cannot be read; now and then he tries that with what is sound, too, or with
/// part of what is damaged. The auditor judges what is taken.
/// </summary>
internal sealed class LossAcceptor(World world, string name) : Client(world, name)
{
    protected override async Task RunAsync()
    {
        while (!IsStopping)
        {
            await DelayAsync(TimeSpan.FromMilliseconds(200 + Random.Next(2000)));
            var place = new TopicPartition(Topic, Random.Next(World.Scenario.Partitions));
            await WalkAsync(place);
        }
    }

    private async Task WalkAsync(TopicPartition place)
    {
        for (long next = 0, end = 1; next < end && !IsStopping;)
        {
            var from = next;
            var (outcome, reply) = await CallAsync(async (broker, cancel) =>
            {
                using var result = await broker.FetchAsync(place, from, new FetchOptions(), cancel);
                return (result.Error, result.NextOffset, result.LogStartOffset, result.HighWatermark, result.Damage);
            });
            if (outcome != CallOutcome.Answered)
                return;
            if (reply.Error == ErrorCode.CorruptStorage && reply.Damage is { } damage)
                await AcceptAsync(place, Math.Max(damage.BaseOffset, reply.LogStartOffset), damage.EndOffset - 1);
            else if (reply.Error == ErrorCode.None && reply.NextOffset > from && Random.Next(20) == 0)
                await AcceptAsync(place, from, reply.NextOffset - 1);
            end = reply.HighWatermark;
            next = reply.Error switch
            {
                ErrorCode.None when reply.NextOffset > from => reply.NextOffset,
                ErrorCode.CorruptStorage when reply.Damage is { } known => known.EndOffset,
                ErrorCode.OffsetOutOfRange when reply.LogStartOffset > from => reply.LogStartOffset,
                _ => end,
            };
        }
    }

    private async Task AcceptAsync(TopicPartition place, long first, long last)
    {
        if (last > first && Random.Next(8) == 0)
            last--;
        var (outcome, reply) = await CallAsync((broker, cancel) => broker.AcceptLossAsync(place, first, last, Name, cancel));
        if (outcome == CallOutcome.Answered)
            World.Count($"accept: {reply.Error}");
    }
}
