using System.Text.Json;
using CloudStream.Cli.Bench.Kafka;
using CloudStream.Cli.Tests.Processes;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Records;
using CloudStream.Storage.Objects;

namespace CloudStream.Cli.Tests.Verify;

/// <summary>The way past damage, from verify over the broker to its clients.</summary>
public sealed class AcceptLossTests(StoppedBroker stopped) : IClassFixture<StoppedBroker>
{
    [Fact]
    public async Task ALossIsAcceptedByNameAndReadersGoOnBehindIt()
    {
        using var folder = new DamagedFolder(stopped.Data);
        folder.Flip("second-record"u8);
        await folder.VerifyAsync(3);
        await using (ServeProcess serve = await ServeProcess.StartAsync(folder.Data))
        {
            ProcessOutcome told = await StoppedBroker.RunAsync(serve, "", "consume", "orders", "--from", "earliest");
            Assert.Equal(1, told.ExitCode);
            Assert.Contains("offset 1 cannot be read", told.Error, StringComparison.Ordinal);
            Assert.Contains("degraded", await ReadyAsync(serve), StringComparison.Ordinal);

            ProcessOutcome sound = await AcceptAsync(serve, "0..1");
            Assert.Equal(1, sound.ExitCode);
            Assert.Contains("Offset 0 can be read", sound.Error, StringComparison.Ordinal);
            Assert.Equal("accepted the loss of offsets 1 to 1 of orders/0\n", (await AcceptAsync(serve, "1..1")).Succeeded().Output);

            Assert.Equal([StoppedBroker.Records[0], StoppedBroker.Records[2]], await ConsumeAsync(serve));
            Assert.DoesNotContain("degraded", await ReadyAsync(serve), StringComparison.Ordinal);
            Assert.Equal((2L, 3L), await FetchAsync(await serve.PrintedLineAsync("kafka"), 1));
            Assert.Contains("was accepted by Ada Lovelace", serve.Printed, StringComparison.Ordinal);
            await IsShownAsync(serve);
            Assert.Equal(0, await serve.TerminateAsync());
        }

        string output = (await folder.VerifyAsync(0)).Output;
        Assert.Matches("\naccepted  orders/0: accepted loss of offsets 1 to 1 by Ada Lovelace at 20", output);
        Assert.EndsWith("\nwhole\n", output, StringComparison.Ordinal);
        Assert.Contains("\"by\": \"Ada Lovelace\"", (await folder.VerifyAsync(0, "--json")).Output, StringComparison.Ordinal);
        string inspected = (await CloudStreamProcess.RunAsync(null, "inspect", "checkpoint", "--data", folder.Data)).Succeeded().Output;
        Assert.Matches(@"\nslot [0-9]+: accepted loss of offsets 1 to 1 by Ada Lovelace at 20", inspected);
        await using ServeProcess again = await ServeProcess.StartAsync(folder.Data);
        Assert.Equal([StoppedBroker.Records[0], StoppedBroker.Records[2]], await ConsumeAsync(again));
        await IsShownAsync(again);
    }

    [Fact]
    public async Task WhereAllIsLostReadersComeToTheEndAndProducersGoOn()
    {
        using var folder = new DamagedFolder(stopped.Data);
        await folder.DeleteObjectsAsync(ObjectKind.Segment);
        await using ServeProcess serve = await ServeProcess.StartAsync(folder.Data);

        (await AcceptAsync(serve, "0..2")).Succeeded();

        Assert.Empty(await ConsumeAsync(serve));
        (await StoppedBroker.RunAsync(serve, "a new one\n", "produce", "orders")).Succeeded();
        Assert.Equal(["a new one"], await ConsumeAsync(serve));
        Assert.Equal((3L, 4L), await FetchAsync(await serve.PrintedLineAsync("kafka"), 0));
        (await folder.VerifyAsync(0)).Succeeded();
    }

    [Theory]
    [InlineData("1-1")]
    [InlineData("2..1")]
    [InlineData("x..1")]
    public async Task OffsetsThatAreNoneAreAWrongCommandLine(string offsets)
    {
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(
            null, "accept-loss", "orders", "--partition", "0", "--offsets", offsets, "--by", "Ada");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains($"'{offsets}' is not a first and a last offset", outcome.Error, StringComparison.Ordinal);
    }

    private static Task<ProcessOutcome> AcceptAsync(ServeProcess serve, string offsets) => StoppedBroker.RunAsync(
        serve, "", "accept-loss", "orders", "--partition", "0", "--offsets", offsets, "--by", "Ada Lovelace");

    // Who describes the topic is told which offsets readers pass over, by whose decision, and since when.
    private static async Task IsShownAsync(ServeProcess serve)
    {
        string text = (await StoppedBroker.RunAsync(serve, "", "topic", "describe", "orders")).Succeeded().Output;
        Assert.Matches(@"\naccepted    orders/0: accepted loss of offsets 1 to 1 by Ada Lovelace at 20[0-9T:.-]*Z\n$", text);

        using var client = new HttpClient { BaseAddress = serve.Address };
        string overHttp = await client.GetStringAsync(
            new Uri("/v1/topics/orders", UriKind.Relative), TestContext.Current.CancellationToken);
        string printed = (await StoppedBroker.RunAsync(serve, "", "topic", "describe", "orders", "--json")).Succeeded().Output;
        foreach (string json in (string[])[overHttp, printed])
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement.ArrayEnumerator partitions = document.RootElement.GetProperty("partitionDetails").EnumerateArray();
            JsonElement loss = partitions.SelectMany(p => p.GetProperty("acceptedLosses").EnumerateArray()).Single();
            Assert.Equal((1L, 1L), (loss.GetProperty("firstOffset").GetInt64(), loss.GetProperty("lastOffset").GetInt64()));
            Assert.Equal("Ada Lovelace", loss.GetProperty("by").GetString());
            var ago = DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeMilliseconds(loss.GetProperty("at").GetInt64());
            Assert.InRange(ago, TimeSpan.FromMinutes(-1), TimeSpan.FromHours(1));
        }
    }

    private static async Task<string[]> ConsumeAsync(ServeProcess serve)
    {
        ProcessOutcome outcome = await StoppedBroker.RunAsync(serve, "", "consume", "orders", "--from", "earliest", "--format", "%s\\n");
        return outcome.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<string> ReadyAsync(ServeProcess serve)
    {
        using var client = new HttpClient { BaseAddress = serve.Address };
        return await client.GetStringAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken);
    }

    // The first offset that a Kafka client is given when it asks for one, and the high watermark.
    private static async Task<(long First, long HighWatermark)> FetchAsync(string kafka, long offset)
    {
        int colon = kafka.LastIndexOf(':');
        using BrokerConnection connection = await BrokerConnection.OpenAsync(
            new HostPort("127.0.0.1", int.Parse(kafka[(colon + 1)..])), TestContext.Current.CancellationToken);
        var request = new FetchRequest
        {
            MaxWaitMs = 1000,
            MinBytes = 1,
            MaxBytes = 1 << 20,
            SessionEpoch = -1,
            Topics = [new() { Topic = "orders" }]
        };
        request.Topics[0].Partitions.Add(new() { Partition = 0, FetchOffset = offset, PartitionMaxBytes = 1 << 20 });
        var answer = await connection.AskAsync<FetchResponse>(request, 11, TestContext.Current.CancellationToken);
        FetchResponse.PartitionData found = answer.Responses[0].Partitions[0];
        Assert.Equal(0, found.ErrorCode);
        return (new RecordBatchHeader(found.Records![0].Span).BaseOffset, found.HighWatermark);
    }
}
