namespace CloudStream.Records;

/// <summary>
/// Partitions for records without a key: stays with one partition while a batch fills, then moves to another at random, so that batches
/// are large and load is even (KIP-480, KIP-794). One per topic; not thread-safe.
/// </summary>
public sealed class StickyPartitioner
{
    /// <summary>Kafka's default batch size.</summary>
    public const int DefaultSwitchAfterBytes = 16 * 1024;

    private readonly Random _random;
    private readonly int _switchAfterBytes;
    private int _current = -1;
    private long _bytes;

    /// <param name="random">Source of the choices; the same seed gives the same partitions.</param>
    /// <param name="switchAfterBytes">Bytes after which a partition has had its share; at least 1.</param>
    public StickyPartitioner(Random random, int switchAfterBytes = DefaultSwitchAfterBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(switchAfterBytes, 1);
        _random = random;
        _switchAfterBytes = switchAfterBytes;
    }

    /// <summary>The partition for the next record.</summary>
    /// <param name="partitionCount">At least 1; may grow while the topic does.</param>
    public int Next(int partitionCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitionCount, 1);
        if (_current < 0 || _current >= partitionCount || _bytes >= _switchAfterBytes)
            Move(partitionCount);
        return _current;
    }

    /// <summary>Says that a record of so many bytes went to the current partition.</summary>
    public void Appended(int bytes) => _bytes += bytes;

    /// <summary>Says that the current partition's batch is full or was sent: the next record goes elsewhere.</summary>
    public void BatchCompleted() => _bytes = long.MaxValue / 2;

    private void Move(int partitionCount)
    {
        _bytes = 0;
        if (_current < 0 || _current >= partitionCount || partitionCount == 1)
        {
            _current = _random.Next(partitionCount);
            return;
        }

        // Any partition but the one that was just filled.
        var next = _random.Next(partitionCount - 1);
        _current = next >= _current ? next + 1 : next;
    }
}
