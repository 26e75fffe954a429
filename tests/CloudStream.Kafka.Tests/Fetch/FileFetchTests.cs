using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Log.Runtime;
using CloudStream.Records;
using CloudStream.Storage.Local;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Native;

namespace CloudStream.Kafka.Tests.Fetch;

/// <summary>Large chunks of history, which leave from the files of a folder without passing through the process.</summary>
public sealed class FileFetchTests : IAsyncDisposable
{
    private const int ValueBytes = 150_000;
    private const short CorruptMessage = 2;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cloudstream-test-");
    private LocalStores _stores;
    private KafkaHost? _host;

    public FileFetchTests() => _stores = Open();

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        _stores.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_leaves_from_a_file_is_what_was_written_with_its_offsets_and_epoch()
    {
        await WriteAsync(batches: 6);
        using var client = await _host!.ConnectAsync();
        for (var round = 0; round < 3; round++)
        {
            for (var offset = 0; offset < 6;)
            {
                var answer = await FetchAsync(client, offset);
                Assert.Equal((0, 6L), (answer.ErrorCode, answer.HighWatermark));
                foreach (var batch in Batches(answer))
                {
                    Assert.True(RecordBatchValidator.HasValidCrc(batch));
                    var header = new RecordBatchHeader(batch);
                    Assert.Equal(offset, header.BaseOffset);
                    Assert.Equal(0, header.PartitionLeaderEpoch);
                    using var reader = RecordBatchReader.Read(batch);
                    Assert.True(reader.TryRead(out var record));
                    Assert.Equal(Value(offset), System.Text.Encoding.UTF8.GetString(record.Value!.Value.Span));
                    offset++;
                }
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Damage_is_said_whether_it_is_there_at_the_first_read_or_the_file_is_cut_short_later(bool isReadBefore)
    {
        await WriteAsync(batches: 2);
        using var client = await _host!.ConnectAsync();
        if (isReadBefore)
            Assert.Equal(0, (await FetchAsync(client, 0)).ErrorCode);
        foreach (var path in Directory.GetFiles(_folder.FullName, "*.object", SearchOption.AllDirectories))
        {
            using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            if (isReadBefore)
                file.SetLength(file.Length / 2);
            else
                Flip(file, file.Length / 2);
        }

        var answer = await FetchAsync(client, 0);

        Assert.Equal(CorruptMessage, answer.ErrorCode);
        Assert.Empty(answer.Records!);
    }

    private static string Value(int i) => new((char)('a' + i), ValueBytes);

    private static void Flip(FileStream file, long position)
    {
        file.Position = position;
        var old = file.ReadByte();
        file.Position = position;
        file.WriteByte((byte)(old ^ 1));
    }

    private static async Task<FetchResponse.PartitionData> FetchAsync(WireClient client, long offset) =>
        (await client.AskAsync<FetchResponse>(Ask.Fetch("t", 0, offset), 11)).Responses[0].Partitions[0];

    private static List<byte[]> Batches(FetchResponse.PartitionData answer)
    {
        byte[] all = [.. answer.Records!.SelectMany(p => p.ToArray())];
        var batches = new List<byte[]>();
        var walk = new RecordBatchEnumerator(all);
        while (walk.MoveNext())
            batches.Add(walk.CurrentBytes.ToArray());
        Assert.NotEmpty(batches);
        return batches;
    }

    // By a broker whose memory is gone when they are read.
    private async Task WriteAsync(int batches)
    {
        Assert.SkipUnless(FilePipe.IsSupported, "files go to sockets on Linux alone");
        await using (var writer = await StartAsync())
        {
            using var client = await writer.ConnectAsync();
            Assert.Equal(0, (await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5)).Topics[0].ErrorCode);
            for (var i = 0; i < batches; i++)
                await client.AskAsync<ProduceResponse>(Ask.Produce("t", 0, Ask.Batch(Value(i))), 7);
        }

        _stores.Dispose();
        _stores = Open();
        _host = await StartAsync();
    }

    private Task<KafkaHost> StartAsync() => KafkaHost.StartAsync(stores: new BrokerStores(_stores.Objects, _stores.Metadata));

    private LocalStores Open() => LocalStores.Open(_folder.FullName, new LocalStoreOptions { MaxPackedObjectBytes = 100_000 });
}
