using CloudStream.Log.Calls;

namespace CloudStream.Kafka.Fetch;

/// <summary>Keeps what a fetch found alive until the answer is sent.</summary>
internal sealed class FetchOwner(IReadOnlyList<FetchResult> results) : IDisposable
{
    public void Dispose()
    {
        for (var i = 0; i < results.Count; i++)
            results[i].Dispose();
    }
}
