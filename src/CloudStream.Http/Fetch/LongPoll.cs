using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Transport;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Fetch;

/// <summary>A fetch that may wait, for a client that may not.</summary>
internal static class LongPoll
{
    /// <summary>Fetches; a client that has closed its sending half does not wait, but gets what there is.</summary>
    public static async ValueTask<FetchResult> FetchAsync(
        HttpFace face, HttpContext context, TopicPartition partition, long offset, FetchOptions options)
    {
        if (options.MaxWait > TimeSpan.Zero)
        {
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, HalfClose.Of(context));
            try
            {
                return await face.Broker.FetchAsync(partition, offset, options, ends.Token);
            }
            catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
            {
                options = options with { MaxWait = TimeSpan.Zero };
            }
        }

        return await face.Broker.FetchAsync(partition, offset, options, context.RequestAborted);
    }
}
