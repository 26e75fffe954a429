using CloudStream.Http.Formats;
using CloudStream.Log.Calls;
using CloudStream.Log.Memory;
using CloudStream.Records;

namespace CloudStream.Http.Tail;

/// <summary>Sends fetched records to the reader of an endless answer, decoding one while the one before is on its way.</summary>
internal static class FetchedRecords
{
    // What stands around key and value of a record as text, about.
    private const int RecordOverheadBytes = 64;

    private const int PageBytes = 128 * 1024;

    /// <summary>Sends the records of a fetch from an offset on.</summary>
    /// <param name="writer">Receives them.</param>
    /// <param name="memory">The broker's.</param>
    /// <param name="result">Stays the caller's.</param>
    /// <param name="position">The next offset; moves on with every record that is written.</param>
    /// <param name="limit">Most records.</param>
    /// <param name="id">Gives the id of a record that has just been counted in the position: where to resume.</param>
    /// <param name="cancellationToken">Ends the waiting for the client.</param>
    /// <returns>Records sent.</returns>
    /// <exception cref="InvalidRecordBatchException">A batch cannot be decoded; what comes before it is written, and is sent with what is
    /// written next.</exception>
    public static async ValueTask<long> SendAsync(
        IRecordWriter writer, BrokerMemory memory, FetchResult result, TailPosition position, long limit, IEventId id,
        CancellationToken cancellationToken)
    {
        long sent = 0;
        using var records = new DecodedRecords(memory, result, position.NextOffset);
        while (sent < limit)
        {
            await records.FillAsync(limit - sent, PageBytes, cancellationToken);
            if (records.Count == 0)
                break;
            for (var i = 0; i < records.Count; i++)
            {
                position.NextOffset = records[i].Offset + 1;
                if (++sent == limit)
                    id.Demand();
                Write(writer, position.Partition, records[i], id);
                if (writer.IsFull)
                    await FlushAsync(writer, records, cancellationToken);
            }
        }

        if (sent < limit)
            position.NextOffset = Math.Max(position.NextOffset, result.NextOffset);
        records.Rest();
        await writer.FlushAsync(cancellationToken);
        return sent;
    }

    // A client that has to be waited for does not keep others from decoding.
    private static async ValueTask FlushAsync(IRecordWriter writer, DecodedRecords records, CancellationToken cancellationToken)
    {
        var flush = writer.FlushAsync(cancellationToken);
        if (!flush.IsCompleted)
            records.Rest();
        await flush;
    }

    private static void Write(IRecordWriter writer, int partition, in Record record, IEventId id)
    {
        var its = id.Next(record);
        writer.Write(partition, record, its);
        if (its.IsEmpty)
            id.Sent((record.Key?.Length ?? 0) + (record.Value?.Length ?? 0) + RecordOverheadBytes);
    }
}
