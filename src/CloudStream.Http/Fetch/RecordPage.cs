using CloudStream.Http.Formats;
using CloudStream.Log.Calls;
using CloudStream.Records;

namespace CloudStream.Http.Fetch;

/// <summary>
/// The records of one fetch that are sent, decoded. Owns the fetch result and the decompressed memory that the records point into.
/// </summary>
internal sealed class RecordPage : IDisposable
{
    private readonly List<RecordReader> _readers = [];
    private readonly FetchResult _result;

    private RecordPage(FetchResult result) => _result = result;

    public List<Record> Records { get; } = [];

    /// <summary>Where to go on.</summary>
    public long NextOffset { get; private set; }

    public long HighWatermark => _result.HighWatermark;

    public long LogStartOffset => _result.LogStartOffset;

    /// <summary>
    /// Decodes records from <paramref name="offset"/> on, until there are <paramref name="limit"/> or they hold
    /// <paramref name="maxBytes"/>.
    /// </summary>
    /// <exception cref="InvalidRecordBatchException">The first batch cannot be decoded.</exception>
    public static RecordPage Read(FetchResult result, long offset, int limit, int maxBytes)
    {
        var page = new RecordPage(result);
        try
        {
            page.Fill(offset, limit, maxBytes);
            return page;
        }
        catch (InvalidRecordBatchException) when (page.Records.Count > 0)
        {
            // What comes before the broken batch is served; who goes on behind it is told.
            page.NextOffset = page.Records[^1].Offset + 1;
            return page;
        }
        catch
        {
            page.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var reader in _readers)
            reader.Dispose();
        _result.Dispose();
    }

    // Compressed batches may hold far more than was fetched, so the decoded bytes are counted too.
    private void Fill(long offset, int limit, int maxBytes)
    {
        long bytes = 0;
        foreach (var piece in _result.Pieces)
        {
            var reader = RecordBatchReader.Read(piece, RecordDecoding.Options);
            _readers.Add(reader);
            while (reader.TryRead(out var record))
            {
                if (record.Offset < offset)
                    continue;
                if (Records.Count == limit || (bytes >= maxBytes && Records.Count > 0))
                {
                    NextOffset = Records[^1].Offset + 1;
                    return;
                }

                Records.Add(record);
                bytes += (record.Key?.Length ?? 0) + (record.Value?.Length ?? 0) + 32;
            }
        }

        NextOffset = Math.Max(_result.NextOffset, offset);
    }
}
