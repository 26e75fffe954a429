using System.Reflection;
using CloudStream.Client.Admin;
using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests;

/// <summary>Every public method of the SDK that takes a token sends nothing if that is cancelled already.</summary>
public sealed class CancelledTokenTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    public static TheoryData<string> Methods => [.. Cancellable().Select(Name).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_are_such_methods_on_everything_that_talks_to_a_broker() => Assert.Equal(
        [typeof(AdminClient), typeof(Consumer), typeof(Consumer<,>), typeof(GroupConsumer), typeof(GroupConsumer<,>), typeof(Producer),
            typeof(Producer<,>)],
        Cancellable().Select(method => method.DeclaringType!).Distinct().OrderBy(type => type.FullName, StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task It_sends_nothing(string name)
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        var instances = await NewInstancesAsync(client);
        var open = Cancellable().Single(method => Name(method) == name);
        var instance = instances.Single(candidate => IsOf(candidate.GetType(), open.DeclaringType!));
        var method = instance.GetType().GetMethods().Single(candidate => candidate.MetadataToken == open.MetadataToken);
        var requests = broker.Requests.Length;

        var error = await Record.ExceptionAsync(
            () => CompleteAsync(method.Invoke(instance, [.. method.GetParameters().Select(Argument)])!));

        Assert.IsAssignableFrom<OperationCanceledException>(error);
        foreach (var disposable in instances.OfType<IAsyncDisposable>())
            await disposable.DisposeAsync();
        Assert.Equal(requests, broker.Requests.Length);
        Assert.Equal(["known"], log.Values());
    }

    // Assigned, subscribed, and with a topic that is known: nothing but the token keeps them from sending.
    private static async Task<object[]> NewInstancesAsync(CloudStreamClient client)
    {
        var producer = client.CreateProducer<string?, string?>(new ProducerOptions { Linger = TimeSpan.Zero });
        await producer.ProduceAsync("t", new Message<string?, string?> { Value = "known" }, Token);
        var consumer = client.CreateConsumer<string?, string?>();
        consumer.Assign(new TopicPartitionOffset("t", 0, 0));
        var member = client.CreateGroupConsumer<string?, string?>("g");
        member.Subscribe("t");
        return [client.Admin, producer, producer.Bytes, consumer, consumer.Bytes, member, member.Bytes];
    }

    private static IEnumerable<MethodInfo> Cancellable() =>
        from type in typeof(CloudStreamClient).Assembly.GetExportedTypes()
        where !type.IsInterface && !typeof(Delegate).IsAssignableFrom(type)
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        where method.GetParameters().Any(parameter => parameter.ParameterType == typeof(CancellationToken))
        select method;

    private static string Name(MethodInfo method) =>
        $"{method.DeclaringType!.Name}.{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => parameter.Name))})"
        + (method.GetParameters()[0].ParameterType.Name is "TopicPartition" ? " of a partition" : "");

    private static bool IsOf(Type type, Type declaring) => declaring.IsGenericTypeDefinition
        ? type.IsGenericType && type.GetGenericTypeDefinition() == declaring
        : type == declaring;

    private static object? Argument(ParameterInfo parameter) => parameter switch
    {
        _ when parameter.ParameterType == typeof(CancellationToken) => new CancellationToken(canceled: true),
        { HasDefaultValue: true } => parameter.DefaultValue,
        _ when Arguments.TryGetValue(parameter.ParameterType, out var value) => value,
        _ => throw new InvalidOperationException($"The test knows no argument for {parameter.ParameterType} {parameter.Name}."),
    };

    private static ConsumeResult<string?, string?> Result => new()
    {
        Topic = "t",
        Partition = 0,
        Offset = 1,
        TimestampMs = 1,
        Key = null,
        Value = null,
        Headers = [],
    };

    private static readonly Dictionary<Type, object> Arguments = new()
    {
        [typeof(string)] = "t",
        [typeof(int)] = 3,
        [typeof(long)] = 3L,
        [typeof(TopicPartition)] = new TopicPartition("t", 0),
        [typeof(TopicPartitionOffset)] = new TopicPartitionOffset("t", 0, 1),
        [typeof(Offset)] = Offset.End,
        [typeof(OffsetReset)] = OffsetReset.To(Offset.Beginning),
        [typeof(ProduceRecord)] = new ProduceRecord { Value = new byte[] { 1 } },
        [typeof(Message<string?, string?>)] = new Message<string?, string?> { Value = "unwanted" },
        [typeof(ConsumeResult<string?, string?>)] = Result,
        [typeof(IReadOnlyDictionary<string, string?>)] = new Dictionary<string, string?> { ["retention.ms"] = "1" },
        [typeof(IEnumerable<TopicPartitionOffset>)] = new[] { new TopicPartitionOffset("t", 0, 1) },
        [typeof(IReadOnlyList<TopicPartitionOffset>)] = new[] { new TopicPartitionOffset("t", 0, 1) },
        [typeof(IReadOnlyCollection<TopicPartitionOffset>)] = new[] { new TopicPartitionOffset("t", 0, 1) },
    };

    private static async Task CompleteAsync(object returned)
    {
        switch (returned)
        {
            case Task task:
                await task;
                return;
            case ValueTask task:
                await task;
                return;
            case IAsyncEnumerable<ConsumedRecord> records:
                await using (var reading = records.GetAsyncEnumerator(CancellationToken.None))
                    await reading.MoveNextAsync();
                return;
            case IAsyncEnumerable<ConsumedBatches> batches:
                await using (var reading = batches.GetAsyncEnumerator(CancellationToken.None))
                    await reading.MoveNextAsync();
                return;
            case IAsyncEnumerable<ConsumeResult<string?, string?>> results:
                await using (var reading = results.GetAsyncEnumerator(CancellationToken.None))
                    await reading.MoveNextAsync();
                return;
            case ValueTask<DeliveryResult> result:
                await result;
                return;
            default:
                throw new InvalidOperationException($"The test knows not how to await {returned.GetType()}.");
        }
    }
}
