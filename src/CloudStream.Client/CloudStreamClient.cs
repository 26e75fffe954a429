using CloudStream.Client.Admin;
using CloudStream.Client.Transport;

namespace CloudStream.Client;

/// <summary>
/// The way into a CloudStream cluster: makes producers, consumers and the admin client, which share its connections. Thread-safe; make one
/// per process, and dispose it last.
/// </summary>
public sealed class CloudStreamClient : IAsyncDisposable, IDisposable
{
    private readonly BrokerConnection _connection;

    /// <summary>A client for one server.</summary>
    /// <param name="server">Base URL of a broker, such as <c>http://127.0.0.1:8098</c>.</param>
    public CloudStreamClient(string server)
        : this(new CloudStreamClientOptions { Server = new Uri(server) })
    {
    }

    /// <summary>A client with options; nothing is connected to before the first call.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public CloudStreamClient(CloudStreamClientOptions? options = null)
    {
        options ??= new CloudStreamClientOptions();
        options.Validate();
        _connection = new BrokerConnection(options);
        var api = new BrokerApi(_connection);
        var groups = new GroupApi(_connection);
        var retries = new RetryPolicy(options);
        var catalog = new TopicCatalog(options, api, retries);
        Services = new ClientServices(options, api, groups, retries, catalog);
        Admin = new AdminClient(api, groups, retries, catalog);
    }

    /// <summary>Topics, offsets and the cluster.</summary>
    public AdminClient Admin { get; }

    internal ClientServices Services { get; }

    /// <summary>A producer of bytes.</summary>
    public Producer CreateProducer(ProducerOptions? options = null) => new(this, options ?? new ProducerOptions());

    /// <summary>A producer of typed keys and values.</summary>
    /// <param name="options">How to batch and send.</param>
    /// <param name="keySerializer">Null takes the built-in one of the type.</param>
    /// <param name="valueSerializer">Null takes the built-in one of the type.</param>
    /// <exception cref="ArgumentException">There is no built-in serializer for a type.</exception>
    public Producer<TKey, TValue> CreateProducer<TKey, TValue>(
        ProducerOptions? options = null, ISerializer<TKey>? keySerializer = null, ISerializer<TValue>? valueSerializer = null) =>
        new(CreateProducer(options), keySerializer ?? Serializers.For<TKey>(), valueSerializer ?? Serializers.For<TValue>());

    /// <summary>A consumer of bytes: batches or raw records.</summary>
    public Consumer CreateConsumer(ConsumerOptions? options = null) => new(this, options ?? new ConsumerOptions());

    /// <summary>A consumer of typed keys and values.</summary>
    /// <param name="options">Where to begin and how much to read ahead.</param>
    /// <param name="keyDeserializer">Null takes the built-in one of the type.</param>
    /// <param name="valueDeserializer">Null takes the built-in one of the type.</param>
    /// <exception cref="ArgumentException">There is no built-in deserializer for a type.</exception>
    public Consumer<TKey, TValue> CreateConsumer<TKey, TValue>(
        ConsumerOptions? options = null, IDeserializer<TKey>? keyDeserializer = null, IDeserializer<TValue>? valueDeserializer = null) =>
        new(CreateConsumer(options), keyDeserializer ?? Deserializers.For<TKey>(), valueDeserializer ?? Deserializers.For<TValue>());

    /// <summary>A member of a consumer group that reads bytes.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="options">How it behaves.</param>
    /// <exception cref="ArgumentException">The group has no name, or an option is out of its range.</exception>
    public GroupConsumer CreateGroupConsumer(string groupId, GroupConsumerOptions? options = null) =>
        new(this, groupId, options ?? new GroupConsumerOptions());

    /// <summary>A member of a consumer group that reads typed keys and values.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="keyDeserializer">Null takes the built-in one of the type.</param>
    /// <param name="valueDeserializer">Null takes the built-in one of the type.</param>
    /// <exception cref="ArgumentException">The group has no name, an option is out of its range, or there is no built-in deserializer for a
    /// type.</exception>
    public GroupConsumer<TKey, TValue> CreateGroupConsumer<TKey, TValue>(
        string groupId, GroupConsumerOptions? options = null, IDeserializer<TKey>? keyDeserializer = null,
        IDeserializer<TValue>? valueDeserializer = null) =>
        new(CreateGroupConsumer(groupId, options), keyDeserializer ?? Deserializers.For<TKey>(),
            valueDeserializer ?? Deserializers.For<TValue>());

    public void Dispose() => _connection.Dispose();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
