using CloudStream.Client.Admin;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CloudStream.Client.DependencyInjection;

/// <summary>Adds the SDK to a service collection.</summary>
public static class CloudStreamServiceCollectionExtensions
{
    /// <summary>
    /// Adds one <see cref="CloudStreamClient"/> and its <see cref="AdminClient"/> as singletons, logging to the container's
    /// <see cref="ILoggerFactory"/> if there is one. The container disposes the client.
    /// </summary>
    public static IServiceCollection AddCloudStream(this IServiceCollection services, Action<CloudStreamClientOptions>? configure = null)
    {
        services.AddSingleton(provider =>
        {
            var options = new CloudStreamClientOptions();
            if (provider.GetService<ILoggerFactory>() is { } loggers)
                options.LoggerFactory = loggers;
            configure?.Invoke(options);
            return new CloudStreamClient(options);
        });
        return services.AddSingleton(provider => provider.GetRequiredService<CloudStreamClient>().Admin);
    }

    /// <summary>
    /// Adds a singleton <see cref="Producer{TKey, TValue}"/> of the client. The container disposes it, which delivers what it holds.
    /// </summary>
    public static IServiceCollection AddCloudStreamProducer<TKey, TValue>(
        this IServiceCollection services,
        Action<ProducerOptions>? configure = null,
        ISerializer<TKey>? keySerializer = null,
        ISerializer<TValue>? valueSerializer = null) =>
        services.AddSingleton(provider =>
        {
            var options = new ProducerOptions();
            configure?.Invoke(options);
            return provider.GetRequiredService<CloudStreamClient>().CreateProducer(options, keySerializer, valueSerializer);
        });

    /// <summary>
    /// Adds a singleton <see cref="GroupConsumer{TKey, TValue}"/> of the client that wants these topics; it joins its group when the first
    /// message is asked for. The container disposes it, which commits what is processed and leaves the group.
    /// </summary>
    public static IServiceCollection AddCloudStreamGroupConsumer<TKey, TValue>(
        this IServiceCollection services,
        string groupId,
        IEnumerable<string> topics,
        Action<GroupConsumerOptions>? configure = null,
        IDeserializer<TKey>? keyDeserializer = null,
        IDeserializer<TValue>? valueDeserializer = null) =>
        services.AddSingleton(provider =>
        {
            var options = new GroupConsumerOptions();
            configure?.Invoke(options);
            var consumer = provider.GetRequiredService<CloudStreamClient>().CreateGroupConsumer(
                groupId, options, keyDeserializer, valueDeserializer);
            consumer.Subscribe(topics);
            return consumer;
        });
}
