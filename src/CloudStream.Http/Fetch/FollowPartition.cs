using CloudStream.Cluster;
using CloudStream.Http.Face;
using CloudStream.Http.Formats;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Tail;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Fetch;

/// <summary>Sends one partition's records as events, for as long as the client stays.</summary>
internal static class FollowPartition
{
    private const int FetchBytes = 256 * 1024;

    public static async Task HandleAsync(HttpFace face, HttpContext context, FetchQuery query, RecordFormat format)
    {
        if (query.Wait > TimeSpan.Zero)
            throw new RequestRejectedException("Query parameter \"wait\" does not apply to text/event-stream, which waits for ever.");

        // Once, and not from memory: a stream that goes on for days is about one topic, never about another one of its name.
        var topic = await face.Broker.ReadTopicAsync(query.Partition.Topic, context.RequestAborted)
            ?? throw new RequestRejectedException(Problem.UnknownTopic(query.Partition.Topic));
        var partition = new PartitionId(topic.Id, query.Partition.Partition);
        var last = LastEventId.Read(new QueryReader(context), context.Request);
        var start = last is not null ? OffsetEventId.After(last, topic.Id) : await query.ResolveAsync(face.Broker, context.RequestAborted);
        using var tail = TailStart.Open(face, context);
        using var writer = format.Open(context.Response, query.KeyFormat, query.ValueFormat);
        try
        {
            var position = new TailPosition(query.Partition.Partition, start);
            await FollowAsync(face, context, query, partition, writer, position, new OffsetEventId(topic.Id), tail.Ended);
        }
        catch (OperationCanceledException) when (face.Stopping.IsCancellationRequested)
        {
            // The broker stops; a client that comes back with Last-Event-ID misses nothing.
        }
    }

    private static async Task FollowAsync(
        HttpFace face,
        HttpContext context,
        FetchQuery query,
        PartitionId partition,
        IRecordWriter writer,
        TailPosition position,
        OffsetEventId id,
        CancellationToken ended)
    {
        var left = query.Limit ?? long.MaxValue;
        var wait = TimeSpan.Zero;
        while (left > 0)
        {
            // The first fetch does not wait: what is wrong with the request is said before the stream begins.
            using var result = await face.Broker.FetchAsync(partition, position.NextOffset, Options(query, wait), ended);
            if (result.Error != ErrorCode.None && !context.Response.HasStarted)
                throw new RequestRejectedException(FetchProblem.From(result, query.Partition));
            if (!context.Response.HasStarted)
            {
                FetchHeaders.Write(context.Response, position.NextOffset, result.HighWatermark, result.LogStartOffset);
                await TailStart.BeginAsync(context.Response, writer, default, ended);
            }

            if (result.Error != ErrorCode.None)
            {
                await writer.FailAsync(FetchProblem.From(result, query.Partition), ended);
                return;
            }

            if (await SendAsync(face, query, writer, result, position, left, id, ended) is not { } sent)
                return;
            left -= sent;
            if (sent == 0 && wait > TimeSpan.Zero)
                await writer.HeartbeatAsync(ended);
            wait = face.Options.Heartbeat;
        }
    }

    private static FetchOptions Options(FetchQuery query, TimeSpan wait) =>
        new() { MaxBytes = Math.Min(query.MaxBytes, FetchBytes), MaxWait = wait, Decoded = true };

    /// <summary>Sends what was fetched; null when it cannot be decoded, which has then been said.</summary>
    private static async ValueTask<long?> SendAsync(
        HttpFace face, FetchQuery query, IRecordWriter writer, FetchResult result, TailPosition position, long left, IEventId id,
        CancellationToken ended)
    {
        try
        {
            var sent = await FetchedRecords.SendAsync(writer, face.Broker.Memory, result, position, left, id, ended);
            face.Meters.Served(sent);
            return sent;
        }
        catch (Exception e) when (FetchProblem.FromDecoding(e, query.Partition, position.NextOffset) is { } problem)
        {
            HttpLog.UndecodableBatch(face.Logger, e, query.Partition.Topic, query.Partition.Partition, position.NextOffset);
            await writer.FailAsync(problem, ended);
            return null;
        }
    }
}
