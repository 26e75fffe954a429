using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Simulation.Tests.Brokers;
using CloudStream.Simulation.Tests.Checking;
using CloudStream.Storage;

namespace CloudStream.Simulation.Tests.Clients;

/// <summary>Reads one partition from its beginning over whatever brokers there are.</summary>
internal sealed class Consumer(World world, string name, int partition) : Client(world, name)
{
    /// <summary>Where it reads next.</summary>
    public long Position { get; private set; }

    public int Partition => partition;

    /// <summary>Set when nothing more will be written: the consumer stops there.</summary>
    public long StopAt { get; set; } = long.MaxValue;

    protected override async Task RunAsync()
    {
        while (Position < StopAt)
        {
            await FetchOnceAsync();
            if (Random.Next(4) == 0)
                await ThinkAsync();
        }
    }

    private async Task FetchOnceAsync()
    {
        var invoked = History.Now;
        var wait = TimeSpan.FromMilliseconds(Random.Next(2) == 0 ? 0 : Random.Next(2000));
        var options = new FetchOptions { MaxWait = wait, MaxBytes = Random.Next(3) == 0 ? 300 : 64 * 1024 };
        var position = Position;
        var isOneOfMany = Random.Next(2) == 0;
        var (outcome, reply) = await CallAsync(async (broker, cancel) =>
        {
            var topic = isOneOfMany ? await FindAsync(broker, cancel) : null;
            var results = topic is { } id
                ? await broker.FetchManyAsync(
                    [.. Enumerable.Range(0, World.Scenario.Partitions).Select(p => Wanted(id, p, position, options))], options, cancel)
                : [await broker.FetchAsync(new TopicPartition(Topic, partition), position, options, cancel)];
            var result = results[topic is null ? 0 : partition];
            var answer = new Answer(result,
                [.. result.Pieces.SelectMany(p => BatchValues.WithOffsets(p)).Where(r => r.Offset >= position)]);
            foreach (var each in results)
                each.Dispose();
            return answer;
        });
        if (outcome == CallOutcome.Answered)
            Take(reply, invoked);
        else
            await DelayAsync(TimeSpan.FromMilliseconds(50 + Random.Next(100)));
        if (outcome == CallOutcome.Answered && reply.Records.Count == 0)
            await DelayAsync(TimeSpan.FromMilliseconds(20));
    }

    // The others are asked for too, from wherever their logs begin or end.
    private PartitionFetch Wanted(Guid topic, int other, long position, FetchOptions options) =>
        new(new PartitionId(topic, other), other == partition ? position : 0, other == partition ? options.MaxBytes : 100);

    private static async ValueTask<Guid?> FindAsync(IBroker broker, CancellationToken cancellationToken)
    {
        try
        {
            return (await broker.FindTopicAsync(Topic, cancellationToken))?.Id;
        }
        catch (StoreException)
        {
            return null; // By name it is told as a value.
        }
    }

    private void Take(Answer answer, long invoked)
    {
        World.Count($"fetch: {answer.Error}");
        if (answer.Error is ErrorCode.None or ErrorCode.OffsetOutOfRange)
            History.Observations.Add(
                new Observation(Name, Process, partition, invoked, History.Now, answer.LogStart, answer.HighWatermark, answer.Records));
        if (answer.Error == ErrorCode.OffsetOutOfRange)
        {
            if (Position >= answer.LogStart)
                throw new ViolationException("watermark",
                    $"{Name} read at {Position} of p{partition} and was told that the log ends at {answer.HighWatermark}");
            Position = answer.LogStart;
            return;
        }

        if (answer.Error == ErrorCode.CorruptStorage && World.Shelf.Damaged.Count > 0)
        {
            Position++; // Reported, never served; the reader decides to go on behind it.
            return;
        }

        if (answer.Error != ErrorCode.None)
        {
            if (answer.Error is not (ErrorCode.StoreUnavailable or ErrorCode.ShuttingDown))
                throw new ViolationException("reads succeed", $"{Name} read at {Position} of p{partition}: {answer.Error} {answer.Detail}");
            return;
        }

        foreach (var (offset, value) in answer.Records)
        {
            PassLosses(offset);
            if (offset != Position)
                throw new ViolationException("no gap", $"{Name} read at {Position} of p{partition} and got offset {offset}, {value}");
            Position++;
            Successes++;
        }

        PassLosses(answer.NextOffset);
    }

    // What was given up is passed over, and nothing else.
    private void PassLosses(long offset)
    {
        if (offset > Position)
            Position = Math.Min(offset, World.Auditor.SkipLosses(new PartitionId(World.TopicId, partition), Position));
    }

    private sealed record Answer(ErrorCode Error, string? Detail, long NextOffset, long LogStart, long HighWatermark,
        List<(long Offset, string Value)> Records)
    {
        public Answer(FetchResult result, List<(long, string)> records)
            : this(result.Error, result.Detail, result.NextOffset, result.LogStartOffset, result.HighWatermark, records)
        {
        }
    }
}
