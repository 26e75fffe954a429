using System.Globalization;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.ErrorCases;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Records;

namespace CloudStream.Kafka.Tests.Bounds;

/// <summary>
/// Every number of every request that is served, at its bounds: each request is answered or ends its connection, nothing is logged as a
/// fault, and the broker goes on with everybody else's work.
/// </summary>
public sealed class BoundsTests : IAsyncLifetime
{
    private const string Topic = "bounds";

    private readonly FaultLog _faults = new();
    private KafkaHost _host = null!;
    private PlausibleRequests _requests = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await KafkaHost.StartAsync(broker: static o => o.Settings["group.initial.rebalance.delay.ms"] = "0", loggers: _faults);
        using var client = await _host.ConnectAsync();
        Assert.Equal(0, (await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic(Topic), 5)).Topics[0].ErrorCode);
        await client.AskAsync<ProduceResponse>(Ask.Produce(Topic, 0, Ask.Batch("a", "b")), 9);
        var topic = await client.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = Topic }] }, 12);
        _requests = new PlausibleRequests(Topic, topic.Topics[0].TopicId);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Numbers_of_every_request_at_their_bounds_do_no_harm()
    {
        var fields = 0;
        foreach (var (api, min, max) in await ServedAsync())
        {
            for (var version = min; version <= max; version++)
                fields += await WalkAsync(api, version);
        }

        Assert.True(fields > 400, $"{fields} fields were walked");
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task Numbers_of_a_members_requests_at_their_bounds_do_no_harm()
    {
        using var broker = await CaseBroker.ConnectAsync(_host.EndPoint);
        (ApiKey Key, short Version)[] requests =
            [(ApiKey.Heartbeat, 4), (ApiKey.OffsetCommit, 7), (ApiKey.SyncGroup, 5), (ApiKey.JoinGroup, 9), (ApiKey.LeaveGroup, 5)];
        foreach (var (key, version) in requests)
        {
            _requests.Member = await broker.MemberAsync();
            await WalkAsync(KafkaApis.Get(key), version);
        }

        await AssertGoesOnAsync();
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MaxValue - 1)]
    [InlineData(0)]
    public async Task A_committed_leader_epoch_comes_back(int epoch)
    {
        using var client = await _host.ConnectAsync();
        var commit = CaseBroker.Commit("epochs", Topic);
        commit.Topics[0].Partitions[0].CommittedLeaderEpoch = epoch;

        Assert.Equal(0, (await client.AskAsync<OffsetCommitResponse>(commit, 7)).Topics[0].Partitions[0].ErrorCode);

        var fetched = await client.AskAsync<OffsetFetchResponse>(
            new OffsetFetchRequest { GroupId = "epochs", Topics = [new() { Name = Topic, PartitionIndexes = [0] }] }, 7);
        Assert.Equal((1L, epoch), (fetched.Topics[0].Partitions[0].CommittedOffset, fetched.Topics[0].Partitions[0].CommittedLeaderEpoch));
    }

    [Fact]
    public async Task Batch_headers_at_their_bounds_do_no_harm()
    {
        using var client = await _host.ConnectAsync();
        foreach (var time in new[] { 0, 1, long.MaxValue - 1, long.MaxValue })
        {
            using var builder = new RecordBatchBuilder(new RecordBatchOptions());
            builder.Append(time, default, "v"u8.ToArray());
            await client.AskAsync<ProduceResponse>(Ask.Produce(Topic, 0, builder.Build().ToArray()), 9);
        }

        (long Id, short Epoch, int Sequence)[] producers =
            [(long.MaxValue, short.MaxValue, int.MaxValue), (0, 0, 0), (long.MaxValue, short.MaxValue, 0), (1, 0, int.MaxValue)];
        foreach (var (id, epoch, sequence) in producers)
        {
            var batch = Ask.Batch(new RecordBatchOptions { ProducerId = id, ProducerEpoch = epoch, BaseSequence = sequence }, "a", "b");
            await client.AskAsync<ProduceResponse>(Ask.Produce(Topic, 0, batch), 9);
            await client.AskAsync<ProduceResponse>(Ask.Produce(Topic, 0, batch), 9);
        }

        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task Settings_of_a_topic_at_their_bounds_do_no_harm()
    {
        using var client = await _host.ConnectAsync();
        var described = await client.AskAsync<DescribeConfigsResponse>(
            new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = Topic }] }, 4);
        foreach (var config in described.Results[0].Configs.Where(static c => c.ConfigType is 3 or 4 or 5))
        {
            foreach (var value in new[] { long.MinValue, int.MinValue, -1, 0, 1, int.MaxValue, long.MaxValue })
            {
                var text = value.ToString(CultureInfo.InvariantCulture);
                await client.AskAsync<IncrementalAlterConfigsResponse>(Alter(config.Name, 0, text), 1);
                await client.AskAsync<ProduceResponse>(Ask.Produce(Topic, 0, Ask.Batch(text)), 9);
                await client.AskAsync<FetchResponse>(Ask.Fetch(Topic, 0, 0), 11);
            }

            Assert.Equal(
                0, (await client.AskAsync<IncrementalAlterConfigsResponse>(Alter(config.Name, 1, null), 1)).Responses[0].ErrorCode);
        }

        await AssertGoesOnAsync();
    }

    private static IncrementalAlterConfigsRequest Alter(string name, sbyte operation, string? value) =>
        new()
        {
            Resources = [new()
            {
                ResourceType = 2,
                ResourceName = Topic,
                Configs = [new() { Name = name, ConfigOperation = operation, Value = value }]
            }]
        };

    private async Task<List<(KafkaApi Api, short Min, short Max)>> ServedAsync()
    {
        using var client = await _host.ConnectAsync();
        var versions = await client.AskAsync<ApiVersionsResponse>(
            new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1" }, 3);
        return [.. versions.ApiKeys.Select(static v => (KafkaApis.Find(v.ApiKey)!, v.MinVersion, v.MaxVersion))];
    }

    /// <summary>Sends the request of a version once for every bound of every number in it; says how many numbers there are.</summary>
    private async Task<int> WalkAsync(KafkaApi api, short version)
    {
        var client = await _host.ConnectAsync();
        var fields = NumberField.Of(_requests.Make(api, version)).ToList();
        foreach (var field in fields)
        {
            foreach (var value in field.Bounds())
            {
                var request = _requests.Make(api, version);
                field.Set(request, value);
                if (!await IsAnsweredAsync(client, request, version, $"{api.Name} {version} {field} = {value}"))
                {
                    client.Dispose();
                    client = await _host.ConnectAsync();
                }
            }
        }

        client.Dispose();
        return fields.Count;
    }

    // False: the connection was closed instead.
    private async Task<bool> IsAnsweredAsync(WireClient client, KafkaRequest request, short version, string what)
    {
        byte[] frame;
        try
        {
            frame = client.Frame(request, version);
        }
        catch (InvalidOperationException)
        {
            return true; // Not a number of this version.
        }

        try
        {
            await client.SendAsync(frame);
            if (request is not ProduceRequest { Acks: 0 })
                await client.ReceiveBareAsync();
            Assert.True(_faults.Lines.Count == 0, $"{what}: {string.Join('\n', _faults.Lines)}");
            return true;
        }
        catch (Exception e) when (e is IOException or EndOfStreamException)
        {
            Assert.True(_faults.Lines.Count == 0, $"{what}: {string.Join('\n', _faults.Lines)}");
            return false;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{what}: neither an answer nor an end");
            throw;
        }
    }

    private async Task AssertGoesOnAsync()
    {
        using var broker = await CaseBroker.ConnectAsync(_host.EndPoint);
        var topic = await broker.TopicAsync();
        await broker.AppendAsync(topic, "after");
        Assert.Equal(["after"], Ask.Values((await broker.AskAsync<FetchResponse>(Ask.Fetch(topic, 0, 0), 11)).Responses[0].Partitions[0]));
        var (group, member, generation) = await broker.MemberAsync();
        Assert.Equal(
            0,
            (await broker.AskAsync<OffsetCommitResponse>(
                CaseBroker.Commit(group, topic, generation, member), 7)).Topics[0].Partitions[0].ErrorCode);
        broker.Dispose();
        await _host.StopAsync();
        await _host.Broker.DrainAsync(CancellationToken.None);
        Assert.Empty(_faults.Lines);
    }
}
