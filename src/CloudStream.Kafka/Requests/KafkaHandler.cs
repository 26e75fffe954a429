using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Requests;

/// <summary>
/// Answers the requests of one API. A handler is one for all connections, and thread-safe. To add one: derive from
/// <see cref="KafkaHandler{T}"/> and name it in Apis/Handlers.cs; ApiVersions tells clients of it by itself.
/// </summary>
internal abstract class KafkaHandler(ApiKey key, short minVersion, short maxVersion, RequestOrder order)
{
    public ApiKey Key => key;

    /// <summary>The lowest version that is answered.</summary>
    public short MinVersion => minVersion;

    /// <summary>The highest one.</summary>
    public short MaxVersion => maxVersion;

    /// <summary>The lowest version that clients are told.</summary>
    public virtual short AdvertisedMinVersion => minVersion;

    public RequestOrder Order => order;

    /// <summary>
    /// Begins to answer. When the task completes the request's frame is no longer needed and the next request may begin. Expected failures
    /// are answers; what is thrown is a defect.
    /// </summary>
    public abstract ValueTask<PendingAnswer> BeginAsync(KafkaRequest request, RequestContext context);
}
