using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Produce;

/// <summary>
/// The records of one whole request, sorted into partitions, and afterwards their outcomes in request order. Nothing is appended before all
/// of the request has been read. Owns pooled memory; not thread-safe.
/// </summary>
internal sealed class ProduceBatches(ProduceTarget target) : IDisposable
{
    private readonly SortedDictionary<int, BatchBuffer> _buffers = [];
    private readonly Dictionary<int, AppendResult> _results = [];
    private readonly List<Place> _places = [];

    /// <summary>Where a record went: its partition, its position in the append, and its own timestamp.</summary>
    private readonly record struct Place(int Partition, int Index, long TimestampMs);

    public int Count => _places.Count;

    /// <summary>Records that are in the log, once <see cref="AppendAsync"/> has completed.</summary>
    public int Committed => _places.Count(p => _results[p.Partition].Error == ErrorCode.None);

    /// <summary>Adds a record.</summary>
    /// <param name="record">May be reused afterwards.</param>
    /// <param name="where">The record in complaints.</param>
    public void Add(ProduceRecord record, RecordPlace where)
    {
        var partition = target.Partition(record, where);
        if (!_buffers.TryGetValue(partition, out var buffer))
        {
            if (target.Conditions.NeedsOneBatch && _buffers.Count > 0)
                throw new RequestRejectedException(
                    "A conditional or idempotent request goes to one partition, but its records name several.");
            _buffers.Add(partition, buffer = target.NewBuffer());
        }

        var timestamp = target.Timestamp(record);
        _places.Add(new Place(partition, buffer.Records, timestamp));
        buffer.Append(record, timestamp, where);
    }

    /// <summary>Appends to all partitions at once and waits for all outcomes.</summary>
    public async Task AppendAsync(HttpFace face, CancellationToken cancellationToken)
    {
        // All are built before the first one is begun, and all have ended before anybody goes on, also when the client goes: until then
        // the appends read this memory.
        var built = new List<(TopicPartition Partition, ReadOnlyMemory<byte> Batches)>(_buffers.Count);
        foreach (var (partition, buffer) in _buffers)
            built.Add((new TopicPartition(target.Topic.Name, partition), buffer.Build()));
        var outcomes = await Task.WhenAll(built.ConvertAll(b => AppendOutcome.OfAsync(
            face, b.Partition, face.Broker.AppendAsync(b.Partition, b.Batches, target.AppendOptions, cancellationToken))));
        for (var i = 0; i < outcomes.Length; i++)
            _results[built[i].Partition.Partition] = outcomes[i];
    }

    /// <summary>
    /// The append of a record, the record's offset (-1 when the append failed), and the timestamp that it has in the log.
    /// </summary>
    public (int Partition, AppendResult Append, long Offset, long TimestampMs) Outcome(int record)
    {
        var place = _places[record];
        var append = _results[place.Partition];
        return (place.Partition, append, append.Error == ErrorCode.None ? append.BaseOffset + place.Index : -1,
            append.LogAppendTimeMs >= 0 ? append.LogAppendTimeMs : place.TimestampMs);
    }

    /// <summary>What is wrong with this record itself; null when its append failed for others, or did not fail.</summary>
    public string? Refusal(int record)
    {
        var place = _places[record];
        foreach (var refused in _results[place.Partition].RefusedRecords ?? [])
        {
            if (refused.Index == place.Index)
                return refused.Reason;
        }

        return null;
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers.Values)
            buffer.Dispose();
        _buffers.Clear();
    }
}
