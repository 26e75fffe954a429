using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Transport;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Fetch;

/// <summary>
/// A fetch that may wait for records, for a client or an application that may not: who has closed its sending half, or asks a broker that
/// stops, is answered with what there is, which is nothing new.
/// </summary>
internal static class LongPoll
{
    /// <summary>Fetches; the caller disposes the result.</summary>
    public static async ValueTask<FetchResult> FetchAsync(
        HttpFace face, HttpContext context, TopicPartition partition, long offset, FetchOptions options)
    {
        if (options.MaxWait > TimeSpan.Zero)
        {
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(
                context.RequestAborted, HalfClose.Of(context), face.Stopping);
            try
            {
                return await face.Broker.FetchAsync(partition, offset, options, ends.Token);
            }
            catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
            {
                // So little waits for no room either.
                options = options with { MaxWait = TimeSpan.Zero, MaxBytes = face.Stopping.IsCancellationRequested ? 1 : options.MaxBytes };
            }
        }

        return await face.Broker.FetchAsync(partition, offset, options, context.RequestAborted);
    }
}
