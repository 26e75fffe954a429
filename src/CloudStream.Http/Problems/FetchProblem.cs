using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Records;

namespace CloudStream.Http.Problems;

/// <summary>Says why records could not be read.</summary>
internal static class FetchProblem
{
    public static Problem From(FetchResult result, TopicPartition partition) => result switch
    {
        { Error: ErrorCode.OffsetOutOfRange } => Problem.OffsetOutOfRange(result.Detail, result.LogStartOffset, result.HighWatermark),
        { Damage: { } damage } => Damaged(result, damage, partition),
        _ => Problem.From(result.Error, result.Detail),
    };

    private static Problem Damaged(FetchResult result, DamagedRange damage, TopicPartition partition) => Problem.From(
        result.Error, result.Detail) with
    {
        Members = json =>
        {
            json.WriteString("topic", partition.Topic);
            json.WriteNumber("partition", partition.Partition);
            json.WriteNumber("firstOffset", damage.BaseOffset);
            json.WriteNumber("lastOffset", damage.EndOffset - 1);
            if (damage.ObjectName is not null)
                json.WriteString("object", damage.ObjectName);
            json.WriteNumber("logStartOffset", result.LogStartOffset);
            json.WriteNumber("highWatermark", result.HighWatermark);
        },
    };

    /// <summary>What a batch that cannot be decoded looks like to the client; null for any other exception.</summary>
    public static Problem? FromDecoding(Exception e, TopicPartition partition, long offset) => e switch
    {
        InvalidRecordBatchException { IsTooLarge: true } => Problem.From(
            ErrorCode.MessageTooLarge,
            $"A record batch of {partition} at or after offset {offset} decompresses to more than the topic's limit "
                + "(max.decompressed.message.bytes). The batches endpoint serves it as it is."),
        InvalidRecordBatchException =>
            Problem.Undecodable(
                $"A record batch of {partition} at or after offset {offset} cannot be decoded: its producer made it so. The batches "
                    + "endpoint serves it as it is."),
        _ => null,
    };
}
