using System.Diagnostics.CodeAnalysis;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Produce;

/// <summary>
/// The outcome of one of the appends of a request. A defect in one must not take away what is known of the others: a client that is not
/// told what is stored writes it again.
/// </summary>
internal static class AppendOutcome
{
    /// <summary>What became of the append; what it throws is the outcome of this one alone.</summary>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    [SuppressMessage("Design", "CA1031", Justification = "The outcomes of the other appends are to be told.")]
    public static async Task<AppendResult> OfAsync(HttpFace face, TopicPartition partition, ValueTask<AppendResult> append)
    {
        try
        {
            return await append;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            HttpLog.AppendFailed(face.Logger, e, partition.Topic, partition.Partition);
            return AppendResult.Failed(ErrorCode.OutcomeUnknown, "The append failed inside; the records may be stored or not.");
        }
    }
}
