using CloudStream.Client;
using CloudStream.Proof;

namespace CloudStream.Cli.Tests.Faults;

/// <summary>Three broker processes on one folder, the clients that turn to them, and what the clients saw.</summary>
internal sealed class FaultRun : IAsyncDisposable
{
    public const int Partitions = 2;
    private const int Brokers = 3, ProgressSteps = 10;
    private static readonly TimeSpan ProgressLimit = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();
    private readonly List<BrokerPlace> _places;
    private readonly List<CloudStreamClient> _connections = [];
    private readonly List<FaultClient> _clients = [];

    public FaultRun(int seed)
    {
        var random = new Random(seed);
        _places = [.. Enumerable.Range(0, Brokers).Select(i => new BrokerPlace(i, _folder.Combine("data"), new Random(random.Next())))];
        for (int i = 0; i < 2; i++)
        {
            _clients.Add(new SdkProducer($"plain{i}", Connect(i), Partitions, isIdempotent: false, History, random.Next()));
            _clients.Add(new SdkProducer($"exact{i}", Connect(i + 1), Partitions, isIdempotent: true, History, random.Next()));
            _clients.Add(new ConditionalAppender($"if{i}", _places, partition: 0, History, random.Next()));
            _clients.Add(new SdkConsumer($"reader{i}", Connect(i + 2), Partitions, History, random.Next()));
            _clients.Add(new FrontierObserver($"observer{i}", _places, partition: i, History, random.Next()));
        }
    }

    public SharedHistory History { get; } = new();

    public string Summary
    {
        get
        {
            List<AppendRecord> appends = History.Events.Appends;
            return $"{_places.Sum(p => p.Kills)} kills, {_places.Sum(p => p.Freezes)} "
                + $"freezes, {string.Join(", ", appends.GroupBy(a => a.Outcome).Select(g => $"{g.Count()} {g.Key}"))}, "
                + $"{History.Events.Observations.Count} observations";
        }
    }

    public async Task StartAsync()
    {
        await Task.WhenAll(_places.Select(p => p.StartAsync()));
        await _connections[0].Admin.CreateTopicAsync(FaultClient.Topic, Partitions);
        _clients.ForEach(c => c.Start());
    }

    public async Task HarassAsync(TimeSpan span)
    {
        using var over = new CancellationTokenSource(span);
        await Task.WhenAll(_places.Select(p => p.HarassAsync(over.Token)));
        Assert.All(_places, p => Assert.True(p.Kills + p.Freezes > 0));
        await EverybodyComesForwardAsync();
    }

    /// <summary>
    /// Ends the clients, those who read after they have read everything; gives the logs as a broker sees them that has lived through the
    /// faults.
    /// </summary>
    public async Task<List<(long Offset, string Value)>[]> EndAsync()
    {
        foreach (SdkProducer producer in _clients.OfType<SdkProducer>())
            await producer.StopAsync();
        foreach (ConditionalAppender appender in _clients.OfType<ConditionalAppender>())
            await appender.StopAsync();
        List<(long, string)>[] logs = await ReadAsync(_places[0].Address);
        foreach (SdkConsumer reader in _clients.OfType<SdkConsumer>())
        {
            await Eventually.TrueAsync(
                () => Task.FromResult(Enumerable.Range(0, Partitions).All(p => reader.Position(p) >= logs[p].Count)), ProgressLimit,
                () => $"{reader.Name} does not reach the end");
        }

        foreach (FaultClient client in _clients)
            await client.StopAsync();
        return logs;
    }

    /// <summary>Ends all processes; gives the logs as a fresh one reads them.</summary>
    public async Task<List<(long Offset, string Value)>[]> ReadAfreshAsync()
    {
        foreach (BrokerPlace place in _places)
            Assert.Equal(0, await place.TerminateAsync());
        await _places[^1].StartAsync();
        return await ReadAsync(_places[^1].Address);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (FaultClient client in _clients)
            await client.DisposeAsync();
        foreach (BrokerPlace place in _places)
            await place.DisposeAsync();
        _connections.ForEach(c => c.Dispose());
        _folder.Dispose();
    }

    private async Task EverybodyComesForwardAsync()
    {
        long[] before = [.. _clients.Select(c => c.Successes)];
        for (int i = 0; i < _clients.Count; i++)
        {
            FaultClient client = _clients[i];
            await Eventually.TrueAsync(
                async () =>
                {
                    await client.AssertAliveAsync();
                    return client.Successes >= before[i] + ProgressSteps;
                },
                ProgressLimit,
                () => $"progress: {client.Name} does not come forward after the faults");
        }
    }

    // Each client begins at another broker and moves on when that one does not answer.
    private CloudStreamClient Connect(int first)
    {
        var client = new CloudStreamClient(new CloudStreamClientOptions
        {
            Servers = [.. Enumerable.Range(0, Brokers).Select(i => _places[(first + i) % Brokers].Address)],
            RequestTimeout = FaultClient.Patience,
        });
        _connections.Add(client);
        return client;
    }

    private static async Task<List<(long Offset, string Value)>[]> ReadAsync(Uri address)
    {
        using var client = new CloudStreamClient(new CloudStreamClientOptions { Server = address });
        var logs = new List<(long, string)>[Partitions];
        for (int partition = 0; partition < Partitions; partition++)
        {
            logs[partition] = [];
            await using Consumer consumer = client.CreateConsumer(new ConsumerOptions { StopAtEnd = true });
            await consumer.AssignAsync(new TopicPartition(FaultClient.Topic, partition), Offset.Beginning);
            await foreach (ConsumedRecord consumed in consumer.ConsumeRecordsAsync())
                logs[partition].Add((consumed.Record.Offset, System.Text.Encoding.UTF8.GetString(consumed.Record.Value!.Value.Span)));
        }

        return logs;
    }
}
