using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Produce;

/// <summary>
/// One partition of an NDJSON stream: records that are being gathered and the append in flight. One append at a time keeps their order
/// whatever fails; while it is in flight the next one grows. Used by one logical thread.
/// </summary>
internal sealed class StreamLane(HttpFace face, ProduceTarget target, int partition)
{
    private const int FirstBackOffMs = 50;

    /// <summary>What is being gathered; null without records.</summary>
    public StreamBatch? Gathering { get; private set; }

    /// <summary>What is on its way; null when the lane is idle.</summary>
    public StreamBatch? InFlight { get; private set; }

    /// <summary>First offset that was committed; -1 before.</summary>
    public long FirstOffset { get; private set; } = -1;

    public long LastOffset { get; private set; } = -1;

    /// <summary>Records committed.</summary>
    public long Committed { get; private set; }

    public int Partition { get; } = partition;

    /// <summary>Adds a record and says in what batch and at which position it is.</summary>
    public (StreamBatch Batch, int Index) Add(ProduceRecord record, long line)
    {
        Gathering ??= new StreamBatch(Partition, line, target.NewBuffer());
        var index = Gathering.Buffer.Records;
        Gathering.Buffer.Append(record, target.Timestamp(record), RecordPlace.Line(line));
        return (Gathering, index);
    }

    /// <summary>Sends what was gathered, if there is something and the lane is idle.</summary>
    public void Dispatch(CancellationToken cancellationToken)
    {
        if (InFlight is not null || Gathering is not { } batch || batch.Buffer.Records == 0)
            return;
        (InFlight, Gathering) = (batch, null);
        batch.Begin(AppendAsync(batch.Buffer.Build(), cancellationToken));
    }

    /// <summary>Takes note of the append in flight when it has come to its end.</summary>
    /// <returns>The batch that ended, or null.</returns>
    public async ValueTask<StreamBatch?> SettleAsync()
    {
        if (InFlight is not { Append: { IsCompleted: true } append } batch)
            return null;
        InFlight = null;
        try
        {
            batch.Settle(await append);
        }
        finally
        {
            batch.Release();
        }

        if (!batch.IsCommitted)
            return batch;
        FirstOffset = FirstOffset < 0 ? batch.Result.BaseOffset : FirstOffset;
        LastOffset = Math.Max(LastOffset, batch.Result.LastOffset);
        Committed += batch.Records;
        return batch;
    }

    /// <summary>Drops what was not sent, and gives memory back when the append in flight has ended.</summary>
    public async ValueTask AbandonAsync()
    {
        Gathering?.Release();
        if (InFlight is not { Append: { } append } batch)
            return;
        await ((Task)append).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        batch.Release();
    }

    // Back-pressure on a stream is to read no further. Nothing was appended by these outcomes, so trying again is safe.
    private async Task<AppendResult> AppendAsync(ReadOnlyMemory<byte> batches, CancellationToken cancellationToken)
    {
        var started = face.Time.GetTimestamp();
        var backOffMs = FirstBackOffMs;
        while (true)
        {
            var place = new PartitionId(target.Topic.Id, Partition);
            var result = await AppendOutcome.OfAsync(face, new TopicPartition(target.Topic.Name, Partition),
                face.Broker.AppendAsync(place, batches, target.AppendOptions, cancellationToken));
            if (result.Error is not (ErrorCode.Overloaded or ErrorCode.StoreUnavailable)
                || face.Time.GetElapsedTime(started) >= face.Options.StreamRetry)
                return result;
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(backOffMs, result.RetryAfterMs)), face.Time, cancellationToken);
            backOffMs = Math.Min(backOffMs * 2, 2000);
        }
    }
}
