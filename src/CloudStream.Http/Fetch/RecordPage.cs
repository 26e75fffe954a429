using CloudStream.Http.Formats;
using CloudStream.Log.Calls;
using CloudStream.Log.Memory;
using CloudStream.Records;

namespace CloudStream.Http.Fetch;

/// <summary>
/// The records of one fetch that are sent, decoded. Owns the fetch result and the memory that the records point into.
/// </summary>
internal sealed class RecordPage : IDisposable
{
    private readonly FetchResult _result;
    private readonly DecodedRecords _records;

    private RecordPage(FetchResult result, DecodedRecords records) => (_result, _records) = (result, records);

    /// <summary>Records.</summary>
    public int Count => _records.Count;

    /// <summary>Where to go on.</summary>
    public long NextOffset => _records.NextOffset;

    public long HighWatermark => _result.HighWatermark;

    public long LogStartOffset => _result.LogStartOffset;

    /// <summary>Record number <paramref name="index"/>.</summary>
    public ref readonly Record this[int index] => ref _records[index];

    /// <summary>
    /// Decodes records from <paramref name="offset"/> on, until there are <paramref name="limit"/> or they hold
    /// <paramref name="maxBytes"/>. What comes before a batch that cannot be decoded is served; who goes on behind it is told.
    /// </summary>
    /// <exception cref="InvalidRecordBatchException">The first batch cannot be decoded.</exception>
    public static async ValueTask<RecordPage> ReadAsync(
        BrokerMemory memory, FetchResult result, long offset, int limit, int maxBytes, CancellationToken cancellationToken)
    {
        var records = new DecodedRecords(memory, result, offset);
        try
        {
            await records.FillAsync(limit, maxBytes, cancellationToken);
            records.Rest();
            return new RecordPage(result, records);
        }
        catch
        {
            records.Dispose();
            result.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _records.Dispose();
        _result.Dispose();
    }
}
