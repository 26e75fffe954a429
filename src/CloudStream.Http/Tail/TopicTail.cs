using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Formats;
using CloudStream.Http.Problems;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Tail;

/// <summary>
/// One open stream of all partitions. A partition without records is parked in a fetch that waits; one with records queues for its turn,
/// sends one fetch's worth and goes to the back of the queue, so that none starves. Only the partition whose turn it is holds fetched
/// bytes.
/// </summary>
internal sealed class TopicTail : IAsyncDisposable
{
    private const int TurnBytes = 128 * 1024;

    private readonly HttpFace _face;
    private readonly IRecordWriter _writer;
    private readonly TopicEventId? _tokens;
    private readonly IEventId _id;
    private readonly List<TailPosition> _positions;
    private readonly CancellationTokenSource _ends;
    private readonly Dictionary<int, Task> _parked = [];
    private readonly Channel<TailPosition> _ready;
    private TopicInfo _topic;
    private long _left;
    private bool _quiet = true;

    public TopicTail(
        HttpFace face, IRecordWriter writer, TopicInfo topic, List<TailPosition> positions, TopicEventId? tokens, long limit,
        CancellationToken ended)
    {
        (_face, _writer, _topic, _positions, _tokens, _left) = (face, writer, topic, positions, tokens, limit);
        _id = tokens ?? (IEventId)new NoEventId();
        _ends = CancellationTokenSource.CreateLinkedTokenSource(ended);

        // A partition is in the queue at most once, so the queue is as bounded as the topic.
        _ready = Channel.CreateUnbounded<TailPosition>(new UnboundedChannelOptions { SingleReader = true });
    }

    private CancellationToken Ended => _ends.Token;

    /// <summary>Sends until the limit, a problem, or the end of the client.</summary>
    public async Task RunAsync()
    {
        foreach (var position in _positions)
            Park(position);
        var tick = Tick();
        var next = _ready.Reader.ReadAsync(Ended).AsTask();
        while (_left > 0)
        {
            if (await Task.WhenAny(next, tick) == tick)
            {
                await tick;
                if (!await OnTickAsync())
                    return;
                tick = Tick();
                continue;
            }

            if (!await TakeTurnAsync(await next))
                return;
            next = _ready.Reader.ReadAsync(Ended).AsTask();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        foreach (var parked in _parked.Values)
            await parked.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ends.Dispose();
    }

    private Task Tick() => Task.Delay(_face.Options.Heartbeat, _face.Time, Ended);

    private void Park(TailPosition position) => _parked[position.Partition] = ParkAsync(position);

    [SuppressMessage("Design", "CA1031", Justification = "Passed on to the one who reads the queue.")]
    private async Task ParkAsync(TailPosition position)
    {
        try
        {
            var options = new FetchOptions { MaxBytes = 1, MaxWait = _face.Options.Heartbeat };
            while (true)
            {
                using var result = await _face.Broker.FetchAsync(IdOf(position), position.NextOffset, options, Ended);
                if (result.Error == ErrorCode.None && result.Bytes == 0)
                    continue;
                _ready.Writer.TryWrite(position);
                return;
            }
        }
        catch (Exception e)
        {
            _ready.Writer.TryComplete(e);
        }
    }

    /// <summary>Sends one partition's turn; false when the stream is over.</summary>
    private async ValueTask<bool> TakeTurnAsync(TailPosition position)
    {
        var options = new FetchOptions { MaxBytes = TurnBytes, Decoded = true };
        using var result = await _face.Broker.FetchAsync(IdOf(position), position.NextOffset, options, Ended);
        if (result.Error != ErrorCode.None)
            return await EndAsync(FetchProblem.From(result, Partition(position)));
        (position.Start, position.End) = (result.LogStartOffset, result.HighWatermark);
        try
        {
            var sent = await FetchedRecords.SendAsync(_writer, _face.Broker.Memory, result, position, _left, _id, Ended);
            _face.Meters.Served(sent);
            _left -= sent;
            _quiet &= sent == 0;
        }
        catch (Exception e) when (FetchProblem.FromDecoding(e, Partition(position), position.NextOffset) is { } problem)
        {
            HttpLog.UndecodableBatch(_face.Logger, e, _topic.Name, position.Partition, position.NextOffset);
            return await EndAsync(problem);
        }

        if (position.NextOffset < result.HighWatermark)
            _ready.Writer.TryWrite(position);
        else
            Park(position);
        return true;
    }

    /// <summary>
    /// Tells where to resume where that was not told, shows a quiet client that the stream is alive, and finds partitions that were added;
    /// false when the topic is gone.
    /// </summary>
    private async ValueTask<bool> OnTickAsync()
    {
        if (_tokens is not null)
            await _tokens.TellAsync(_writer, Ended);
        if (_quiet)
            await _writer.HeartbeatAsync(Ended);
        _quiet = true;
        var topic = await _face.Broker.FindTopicAsync(_topic.Name, Ended);
        if (topic is null || topic.Id != _topic.Id)
            return await EndAsync(Problem.UnknownTopic(_topic.Name));
        for (var added = _positions.Count; added < topic.PartitionCount; added++)
        {
            _positions.Add(new TailPosition(added, 0));
            Park(_positions[added]);
        }

        _topic = topic;
        return true;
    }

    private async ValueTask<bool> EndAsync(Problem problem)
    {
        await _writer.FailAsync(problem, Ended);
        return false;
    }

    private PartitionId IdOf(TailPosition position) => new(_topic.Id, position.Partition);

    private TopicPartition Partition(TailPosition position) => new(_topic.Name, position.Partition);
}
