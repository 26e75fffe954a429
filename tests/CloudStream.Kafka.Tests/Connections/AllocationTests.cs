using System.Buffers;
using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Kafka.Wire;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Local;

namespace CloudStream.Kafka.Tests.Connections;

/// <summary>
/// What a broker allocates for one request, from socket to folder and back: counted over the whole process without the client's own thread,
/// the median of several rounds.
/// </summary>
[Collection("alone")]
public sealed class AllocationTests
{
    private const int Few = 10, Many = 5_000, BatchBytes = 100_000;
    private const int Rounds = 9, RequestsPerRound = 20;

    // The smallest object has 24 bytes: one for every third record would be seen.
    private const long Slack = (Many - Few) * 24 / 3;

    [Fact]
    public async Task What_a_produce_request_and_a_fetch_allocate_does_not_grow_with_the_number_of_records()
    {
        var few = await MeasureAsync(Few);
        var many = await MeasureAsync(Many);
        Assert.True(many.Produce < few.Produce + Slack,
            $"a produce request of {Few} records allocates {few.Produce} bytes, one of {Many} records {many.Produce}");
        Assert.True(many.Fetch < few.Fetch + Slack,
            $"a fetch of {Few} records allocates {few.Fetch} bytes, one of {Many} records {many.Fetch}");
    }

    private static async Task<(long Produce, long Fetch)> MeasureAsync(int records)
    {
        var folder = Directory.CreateTempSubdirectory("allocations-").FullName;
        try
        {
            using var stores = LocalStores.Open(folder);
            await using var host = await KafkaHost.StartAsync(broker: Quiet, stores: new BrokerStores(stores.Objects, stores.Metadata));
            using (var admin = await host.ConnectAsync())
                Assert.Equal(0, (await admin.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5)).Topics[0].ErrorCode);
            using var client = new BlockingClient(host.EndPoint);
            var batch = Ask.Batch([.. Enumerable.Repeat(new string('x', (BatchBytes / records) - 10), records)]);
            var produce = BlockingClient.Frame(Ask.Produce("t", 0, batch), 9);
            var produced = Measure(client, produce);
            var fetch = BlockingClient.Frame(Ask.Fetch("t", 0, LastOffset(client.Ask(produce))), 12);
            Assert.InRange(client.Ask(fetch).Length, batch.Length, batch.Length + 200);
            return (produced, Measure(client, fetch));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Buffers of recent flushes come back soon, and nothing works beside the requests.
    private static void Quiet(BrokerOptions options) =>
        (options.Shards, options.TailMemoryBytes, options.UpkeepInterval) = (1, 1024 * 1024, TimeSpan.FromHours(1));

    private static long Measure(BlockingClient client, byte[] request)
    {
        var perRequest = new long[Rounds];
        for (var round = -2; round < Rounds; round++)
        {
            var (all, own) = (GC.GetTotalAllocatedBytes(precise: true), GC.GetAllocatedBytesForCurrentThread());
            for (var i = 0; i < RequestsPerRound; i++)
                client.Ask(request);
            own = GC.GetAllocatedBytesForCurrentThread() - own;
            if (round >= 0)
                perRequest[round] = (GC.GetTotalAllocatedBytes(precise: true) - all - own) / RequestsPerRound;
        }

        Array.Sort(perRequest);
        return perRequest[Rounds / 2];
    }

    private static long LastOffset(ReadOnlyMemory<byte> answer)
    {
        var reader = new WireReader(new ReadOnlySequence<byte>(answer));
        ResponseFrame.ReadHeader(ref reader, KafkaApis.Get(ApiKey.Produce), 9);
        var response = new ProduceResponse();
        response.Read(ref reader, 9);
        Assert.Equal(0, response.Responses[0].PartitionResponses[0].ErrorCode);
        return response.Responses[0].PartitionResponses[0].BaseOffset;
    }
}
