using System.Globalization;
using System.Net.Http.Headers;
using CloudStream.Client.Logging;

namespace CloudStream.Client.Transport;

/// <summary>The broker's endpoints, one method each, one attempt per call. Thread-safe.</summary>
internal sealed class BrokerApi(BrokerConnection connection)
{
    private const int MaxFetchBytes = 512 * 1024 * 1024;

    public async Task<IReadOnlyList<TopicDocument>> ListTopicsAsync(CancellationToken cancellationToken) =>
        (await connection.SendJsonAsync(
            HttpMethod.Get, "v1/topics", null, DocumentContext.Default.TopicListDocument, cancellationToken)).Topics;

    public Task<TopicDocument> GetTopicAsync(string topic, CancellationToken cancellationToken) =>
        connection.SendJsonAsync(HttpMethod.Get, TopicPath(topic), null, DocumentContext.Default.TopicDocument, cancellationToken);

    public Task<TopicDocument> CreateTopicAsync(CreateTopicDocument topic, CancellationToken cancellationToken) =>
        connection.SendJsonAsync(
            HttpMethod.Post,
            "v1/topics",
            BrokerConnection.Json(topic, DocumentContext.Default.CreateTopicDocument),
            DocumentContext.Default.TopicDocument,
            cancellationToken);

    public Task<TopicDocument> AlterTopicAsync(string topic, AlterTopicDocument change, CancellationToken cancellationToken) =>
        connection.SendJsonAsync(
            HttpMethod.Patch,
            TopicPath(topic),
            BrokerConnection.Json(change, DocumentContext.Default.AlterTopicDocument),
            DocumentContext.Default.TopicDocument,
            cancellationToken);

    /// <summary>Produces nothing, which makes the broker create the topic where it is set to do so.</summary>
    public async Task TouchTopicAsync(string topic, CancellationToken cancellationToken)
    {
        var nothing = new ByteArrayContent("[]"u8.ToArray());
        nothing.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var reply = await connection.SendAsync(
            HttpMethod.Post, $"{TopicPath(topic)}/records", nothing, TimeSpan.Zero, cancellationToken);
    }

    public async Task DeleteTopicAsync(string topic, CancellationToken cancellationToken)
    {
        using var reply = await connection.SendAsync(HttpMethod.Delete, TopicPath(topic), null, TimeSpan.Zero, cancellationToken);
    }

    public Task<OffsetDocument> ListOffsetAsync(TopicPartition partition, string at, CancellationToken cancellationToken) =>
        connection.SendJsonAsync(
            HttpMethod.Get, $"{PartitionPath(partition)}/offsets?at={at}", null, DocumentContext.Default.OffsetDocument, cancellationToken);

    public async Task<long> DeleteRecordsAsync(TopicPartition partition, long beforeOffset, CancellationToken cancellationToken)
    {
        var reply = await connection.SendJsonAsync(
            HttpMethod.Post,
            $"{PartitionPath(partition)}/delete-records",
            BrokerConnection.Json(new DeleteRecordsDocument(beforeOffset), DocumentContext.Default.DeleteRecordsDocument),
            DocumentContext.Default.LogStartDocument,
            cancellationToken);
        return reply.LogStartOffset;
    }

    public Task<LossDocument> AcceptLossAsync(TopicPartition partition, LossDocument loss, CancellationToken cancellationToken) =>
        connection.SendJsonAsync(
            HttpMethod.Post,
            $"{PartitionPath(partition)}/losses",
            BrokerConnection.Json(loss, DocumentContext.Default.LossDocument),
            DocumentContext.Default.LossDocument,
            cancellationToken);

    public Task<ProducerDocument> CreateProducerAsync(CancellationToken cancellationToken) =>
        connection.SendJsonAsync(HttpMethod.Post, "v1/producers", null, DocumentContext.Default.ProducerDocument, cancellationToken);

    public Task<ClusterDocument> GetClusterAsync(CancellationToken cancellationToken) =>
        connection.SendJsonAsync(HttpMethod.Get, "v1/cluster", null, DocumentContext.Default.ClusterDocument, cancellationToken);

    /// <param name="partition">Where to.</param>
    /// <param name="batches">The body.</param>
    /// <param name="limit">How long the answer is waited for, if that is shorter than the request timeout.</param>
    /// <param name="cancellationToken">Abandons the request.</param>
    public Task<AppendDocument> AppendAsync(
        TopicPartition partition, BatchContent batches, TimeSpan limit, CancellationToken cancellationToken) =>
        connection.SendJsonAsync(
            HttpMethod.Post,
            $"{PartitionPath(partition)}/batches",
            batches,
            DocumentContext.Default.AppendDocument,
            cancellationToken,
            limit);

    /// <summary>
    /// Whole batches from the one that contains the offset; none when none came within the wait. The caller disposes them.
    /// </summary>
    public async Task<FetchReply> FetchAsync(
        TopicPartition partition, long offset, int maxBytes, int minBytes, TimeSpan wait, CancellationToken cancellationToken)
    {
        var path = string.Create(
            CultureInfo.InvariantCulture,
            $"{PartitionPath(partition)}/batches?offset={offset}&maxBytes={maxBytes}&minBytes={minBytes}&wait="
                + $"{(long)wait.TotalMilliseconds}");
        using var reply = await connection.SendAsync(HttpMethod.Get, path, null, wait, cancellationToken);
        var highWatermark = reply.HeaderInt64("CloudStream-High-Watermark");
        var logStart = reply.HeaderInt64("CloudStream-Log-Start-Offset");
        var nextOffset = reply.HeaderInt64("CloudStream-Next-Offset");
        var (array, length) = await reply.ReadBodyAsync(MaxFetchBytes);
        return new FetchReply(array, length, highWatermark ?? -1, logStart ?? -1, nextOffset ?? offset);
    }

    private static string TopicPath(string topic) => $"v1/topics/{Uri.EscapeDataString(topic)}";

    private static string PartitionPath(TopicPartition partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{TopicPath(partition.Topic)}/partitions/{partition.Partition}");
}
