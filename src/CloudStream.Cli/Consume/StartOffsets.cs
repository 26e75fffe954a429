using CloudStream.Cli.Shell;
using CloudStream.Client;
using CloudStream.Client.Admin;

namespace CloudStream.Cli.Consume;

/// <summary>Turns <c>--from</c> into an offset in each partition.</summary>
internal static class StartOffsets
{
    public static async Task<List<TopicPartitionOffset>> ResolveAsync(
        AdminClient admin, ConsumeRequest wanted, CancellationToken cancellationToken)
    {
        TopicDescription topic = await admin.DescribeTopicAsync(wanted.Topic, cancellationToken);
        if (wanted.Partition >= topic.PartitionCount)
            throw new CommandException(
                $"{wanted.Topic} has no partition {wanted.Partition}, it has {Counted.Of(topic.PartitionCount, "partition")}, 0 "
                    + $"to {topic.PartitionCount - 1}");
        IEnumerable<PartitionDescription> partitions = topic.Partitions.Where(
            p => wanted.Partition is null || p.Partition == wanted.Partition);
        if (wanted.From.Kind == StartKind.Offset)
            return AtOffset(wanted.Topic, wanted.From.Value, [.. partitions]);
        var places = new List<TopicPartitionOffset>();
        foreach (PartitionDescription partition in partitions)
            places.Add(new TopicPartitionOffset(
                wanted.Topic, partition.Partition, await OffsetAsync(admin, wanted, partition, cancellationToken)));
        return places;
    }

    private static async ValueTask<Offset> OffsetAsync(AdminClient admin, ConsumeRequest wanted, PartitionDescription partition,
        CancellationToken cancellationToken) => wanted.From.Kind switch
        {
            StartKind.Earliest => partition.LogStartOffset,
            StartKind.Latest => partition.HighWatermark,
            _ => await admin.ListOffsetAsync(new TopicPartition(wanted.Topic, partition.Partition),
                Offset.At(DateTimeOffset.FromUnixTimeMilliseconds(wanted.From.Value)), cancellationToken),
        };

    // One number for several logs of different lengths: a log that is shorter has nothing to show, but one log at least must reach that
    // far.
    private static List<TopicPartitionOffset> AtOffset(string topic, long offset, IReadOnlyList<PartitionDescription> partitions)
    {
        bool isReached = partitions.Any(p => offset <= p.HighWatermark);
        foreach (PartitionDescription p in partitions)
        {
            if (offset < p.LogStartOffset || (offset > p.HighWatermark && !isReached))
                throw new CommandException(
                    $"{topic}-{p.Partition}: offset {offset} is out of range, the log has {p.LogStartOffset} to {p.HighWatermark}");
        }

        return [.. partitions.Select(p => new TopicPartitionOffset(topic, p.Partition, Math.Min(offset, p.HighWatermark)))];
    }
}
