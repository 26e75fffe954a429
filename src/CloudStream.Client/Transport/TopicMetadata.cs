using System.Collections.Concurrent;
using System.Globalization;

namespace CloudStream.Client.Transport;

/// <summary>What a producer or consumer must know of a topic.</summary>
/// <param name="Name">The topic's name.</param>
/// <param name="PartitionCount">At least 1.</param>
/// <param name="MaxMessageBytes">The largest batch that the topic takes.</param>
internal sealed record TopicMetadata(string Name, int PartitionCount, int MaxMessageBytes);

/// <summary>Remembers topics for <see cref="CloudStreamClientOptions.MetadataMaxAge"/>. Bounded; thread-safe.</summary>
internal sealed class TopicCatalog(CloudStreamClientOptions options, BrokerApi api, RetryPolicy retries)
{
    private const int MaxTopics = 10_000;

    private readonly ConcurrentDictionary<string, Known> _topics = new(StringComparer.Ordinal);

    /// <summary>The topic if it is known and fresh.</summary>
    public TopicMetadata? Find(string topic) =>
        _topics.TryGetValue(topic, out var known)
            && options.TimeProvider.GetElapsedTime(known.At) < options.MetadataMaxAge ? known.Topic : null;

    /// <summary>The topic, asked for where it is not known or not fresh.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="failed">Told of every attempt that is repeated.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<TopicMetadata> GetAsync(
        string topic, Action<CloudStreamException>? failed, CancellationToken cancellationToken) =>
        Find(topic) ?? await RefreshAsync(topic, failed, cancellationToken);

    /// <summary>The topic; where there is none, after the broker had the chance to create it.</summary>
    public async ValueTask<TopicMetadata> GetOrCreateAsync(
        string topic, Action<CloudStreamException>? failed, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(topic, failed, cancellationToken);
        }
        catch (CloudStreamException e) when (e.ErrorCode == ErrorCode.UnknownTopic)
        {
            await TouchAsync(topic, cancellationToken);
            return await RefreshAsync(topic, failed, cancellationToken);
        }
    }

    public async Task<TopicMetadata> RefreshAsync(
        string topic, Action<CloudStreamException>? failed, CancellationToken cancellationToken)
    {
        var document = await retries.RunAsync(token => api.GetTopicAsync(topic, token), isRead: true, cancellationToken, failed);
        var metadata = new TopicMetadata(topic, document.Partitions, MaxMessageBytes(document));
        if (_topics.Count >= MaxTopics)
            _topics.Clear();
        _topics[topic] = new Known(metadata, options.TimeProvider.GetTimestamp());
        return metadata;
    }

    public void Forget(string topic) => _topics.TryRemove(topic, out _);

    private async Task TouchAsync(string topic, CancellationToken cancellationToken)
    {
        try
        {
            await api.TouchTopicAsync(topic, cancellationToken);
        }
        catch (CloudStreamException e) when (e.ErrorCode is ErrorCode.UnknownTopic or ErrorCode.InvalidRequest)
        {
            // Not to be created, or created before the empty request was refused: the next look-up tells.
        }
    }

    private static int MaxMessageBytes(TopicDocument document)
    {
        var text = document.ConfigEntries?.Find(entry => entry.Name == "max.message.bytes")?.Value;
        return int.TryParse(text, CultureInfo.InvariantCulture, out var bytes) ? bytes : int.MaxValue;
    }

    private sealed record Known(TopicMetadata Topic, long At);
}
