using System.Collections.Immutable;

namespace CloudStream.Log.State;

/// <summary>One committed batch of an idempotent producer: what a duplicate is recognised by and answered with.</summary>
public readonly record struct SequenceRange(int FirstSequence, int LastSequence, long BaseOffset);

/// <summary>
/// What a partition remembers of one idempotent producer: its epoch and its last five batches (Kafka keeps as many: a producer has at
/// most five in flight). Changes in the same commit as the offsets.
/// </summary>
/// <param name="Epoch">The newest epoch seen.</param>
/// <param name="Recent">Up to <see cref="MaxRanges"/> committed batches of that epoch, oldest first; empty only right after an epoch
/// change.</param>
/// <param name="LastMs">Writer's clock at the last append; idle producers expire by it.</param>
public sealed record ProducerState(short Epoch, ImmutableArray<SequenceRange> Recent, long LastMs)
{
    /// <summary>Batches remembered per producer and partition.</summary>
    public const int MaxRanges = 5;

    /// <summary>The sequence number that must come next: one past the last, wrapping from 2^31-1 to 0.</summary>
    public int NextSequence => Recent.IsEmpty ? 0 : Next(Recent[^1].LastSequence);

    /// <summary>The sequence number after <paramref name="sequence"/>.</summary>
    public static int Next(int sequence) => sequence == int.MaxValue ? 0 : sequence + 1;

    /// <summary>
    /// The last sequence number of a batch of <paramref name="records"/> records that begins at <paramref name="first"/>.
    /// </summary>
    public static int Last(int first, int records) => (int)(((long)first + records - 1) % (1L + int.MaxValue));

    /// <summary>The state after a batch was appended.</summary>
    public ProducerState Append(short epoch, SequenceRange range, long nowMs)
    {
        var kept = epoch == Epoch ? Recent : [];
        return new ProducerState(epoch, (kept.Length == MaxRanges ? kept.RemoveAt(0) : kept).Add(range), nowMs);
    }
}
