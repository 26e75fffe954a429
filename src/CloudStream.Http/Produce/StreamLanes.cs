using System.Text.Json;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;

namespace CloudStream.Http.Produce;

/// <summary>
/// All lanes of one NDJSON stream: what they hold, what they have committed, and the first failure. Used by one logical thread.
/// </summary>
internal sealed class StreamLanes(HttpFace face, ProduceTarget target)
{
    private readonly SortedDictionary<int, StreamLane> _lanes = [];

    /// <summary>Bytes gathered or in flight.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Records gathered or in flight.</summary>
    public long HeldRecords { get; private set; }

    public long Committed { get; private set; }

    /// <summary>Whether the one append of a conditional or idempotent stream had been committed before.</summary>
    public bool Duplicate { get; private set; }

    /// <summary>Why the first append that failed did; null while none has.</summary>
    public Problem? Failure { get; private set; }

    public bool AnyInFlight => _lanes.Values.Any(l => l.InFlight is not null);

    public StreamLane For(int partition)
    {
        if (_lanes.TryGetValue(partition, out var lane))
            return lane;
        if (target.Conditions.NeedsOneBatch && _lanes.Count > 0)
            throw new RequestRejectedException("A conditional or idempotent request goes to one partition, but its records name several.");
        _lanes.Add(partition, lane = new StreamLane(face, target, partition));
        return lane;
    }

    /// <summary>Adds a record and says in what batch and at which position it is.</summary>
    public (StreamBatch Batch, int Index) Add(StreamLane lane, ProduceRecord record, long line)
    {
        var before = lane.Gathering?.Buffer.Bytes ?? 0;
        var place = lane.Add(record, line);
        HeldBytes += place.Batch.Buffer.Bytes - before;
        HeldRecords++;
        return place;
    }

    /// <summary>Sends what was gathered in every idle lane.</summary>
    public void DispatchAll(CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes.Values)
            lane.Dispatch(cancellationToken);
    }

    /// <summary>Waits until an append or <paramref name="other"/> has ended; returns at once when there is neither.</summary>
    public Task NextAsync(Task? other)
    {
        var tasks = new List<Task>(_lanes.Count + 1);
        foreach (var lane in _lanes.Values)
        {
            if (lane.InFlight?.Append is { } append)
                tasks.Add(append);
        }

        if (other is not null)
            tasks.Add(other);
        return tasks.Count == 0 ? Task.CompletedTask : Task.WhenAny(tasks);
    }

    /// <summary>Takes note of every append that has ended.</summary>
    /// <returns>The first failure so far, or null.</returns>
    public async ValueTask<Problem?> SettleAsync()
    {
        foreach (var lane in _lanes.Values)
        {
            if (await lane.SettleAsync() is not { } batch)
                continue;
            HeldBytes -= batch.Bytes;
            HeldRecords -= batch.Records;
            Committed += batch.IsCommitted ? batch.Records : 0;
            Duplicate |= batch.IsCommitted && batch.Result.Duplicate;
            if (!batch.IsCommitted)
                Failure ??= ProblemOf(batch);
        }

        return Failure;
    }

    public async ValueTask AbandonAsync()
    {
        foreach (var lane in _lanes.Values)
            await lane.AbandonAsync();
    }

    /// <summary>The problem together with what was committed in spite of it.</summary>
    public Problem Describe(Problem problem) => problem with { Members = problem.Members + WriteCommitted };

    /// <summary>Writes <c>accepted</c> and <c>partitions</c>.</summary>
    public void WriteCommitted(Utf8JsonWriter json)
    {
        json.WriteNumber("accepted", Committed);
        json.WriteStartObject("partitions");
        foreach (var lane in _lanes.Values.Where(l => l.Committed > 0))
        {
            json.WriteStartObject(lane.Partition.ToString());
            json.WriteNumber("firstOffset", lane.FirstOffset);
            json.WriteNumber("lastOffset", lane.LastOffset);
            json.WriteNumber("count", lane.Committed);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static Problem ProblemOf(StreamBatch batch)
    {
        // Of the batch alone: others may have been committed.
        var problem = AppendProblem.From(batch.Result);
        var detail = batch.Result.Detail ?? problem.Title + ".";
        return problem with { Detail = detail, Members = problem.Members + (json => json.WriteNumber("line", batch.FirstLine)) };
    }
}
