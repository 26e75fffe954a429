using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Groups;

/// <summary>
/// Where a group's offsets are to be moved: to a place in the log, to a number, or by so many records. Results lie within the log.
/// </summary>
/// <param name="Spec">A place to look up; null for the others.</param>
/// <param name="Offset">A number; null for the others.</param>
/// <param name="ShiftBy">Records forward, or back when negative; null for the others.</param>
internal sealed record OffsetReset(OffsetSpec? Spec, long? Offset, long? ShiftBy)
{
    /// <summary>The members of the body that say where.</summary>
    public static readonly string[] Members = ["to", "offset", "timestamp", "shiftBy"];

    public static OffsetReset Read(JsonFields body)
    {
        if (Members.Count(body.Has) != 1)
            throw new RequestRejectedException($"The request must say where to: one of {string.Join(", ", Members)}.");
        var spec = body.Text("to") switch
        {
            "earliest" => OffsetSpec.Earliest,
            "latest" => OffsetSpec.Latest,
            null => body.Timestamp("timestamp") is { } ms ? OffsetSpec.AtOrAfter(ms) : (OffsetSpec?)null,
            var word => throw new RequestRejectedException($"Field \"to\" is \"{Excerpt.Of(word)}\"; it must be earliest or latest."),
        };
        return new OffsetReset(spec, body.Integer("offset", 0, long.MaxValue), body.Integer("shiftBy", long.MinValue, long.MaxValue));
    }

    /// <summary>The new offset of a partition; null when there is none to shift.</summary>
    /// <exception cref="RequestRejectedException">The partition does not exist or cannot be asked.</exception>
    public async ValueTask<long?> ResolveAsync(
        IBroker broker, TopicPartition partition, long? committed, CancellationToken cancellationToken)
    {
        var first = await LookUpAsync(broker, partition, OffsetSpec.Earliest, cancellationToken);
        var end = await LookUpAsync(broker, partition, OffsetSpec.Latest, cancellationToken);
        if (ShiftBy is { } by)
            return committed is { } from ? Math.Clamp(Add(from, by), first, end) : null;
        if (Offset is { } offset)
            return Math.Clamp(offset, first, end);

        // No record is that new: what comes next will be.
        var found = await LookUpAsync(broker, partition, Spec!.Value, cancellationToken);
        return found < 0 ? end : Math.Clamp(found, first, end);
    }

    private static long Add(long from, long by) => by > 0 && from > long.MaxValue - by ? long.MaxValue : from + by;

    private static async ValueTask<long> LookUpAsync(
        IBroker broker, TopicPartition partition, OffsetSpec spec, CancellationToken cancellationToken)
    {
        var found = await broker.ListOffsetAsync(partition, spec, cancellationToken);
        return found.Error == ErrorCode.None ? found.Offset : throw new RequestRejectedException(Problem.From(found.Error, found.Detail));
    }
}
