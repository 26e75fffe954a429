using CloudStream.Log.Calls;
using CloudStream.Simulation.Tests.Brokers;
using CloudStream.Simulation.Tests.Checking;

namespace CloudStream.Simulation.Tests.Clients;

/// <summary>Appends without sequences, several at a time. What is not acknowledged is sent again as a new append with new values.</summary>
internal sealed class PlainProducer(World world, string name) : Client(world, name)
{
    private int _sent;

    protected override Task RunAsync() => Task.WhenAll(LaneAsync(), LaneAsync());

    private async Task LaneAsync()
    {
        while (!IsStopping)
        {
            await AppendOnceAsync(Random.Next(World.Scenario.Partitions));
            await ThinkAsync();
        }
    }

    private async Task AppendOnceAsync(int partition)
    {
        var values = Enumerable.Range(0, 1 + Random.Next(3)).Select(_ => $"{Name}:{_sent++}").ToArray();
        var append = History.Begin(Name, partition, values);
        var (outcome, reply) = await AppendAsync(partition, Batch(values));
        append.Completed = History.Now;
        append.Error = reply.Error;
        append.Outcome = outcome switch
        {
            CallOutcome.Refused => AppendOutcome.Refused,
            CallOutcome.Unknown => AppendOutcome.Unknown,
            _ => reply.Error == ErrorCode.None ? AppendOutcome.Acknowledged
                : IsRefusal(reply.Error) ? AppendOutcome.Refused
                : AppendOutcome.Unknown,
        };
        if (append.Outcome == AppendOutcome.Acknowledged)
        {
            (append.BaseOffset, append.LogEnd) = (reply.BaseOffset, reply.LogEndOffset);
            Successes++;
        }
        else
        {
            await DelayAsync(TimeSpan.FromMilliseconds(100 + Random.Next(200)));
        }
    }
}
