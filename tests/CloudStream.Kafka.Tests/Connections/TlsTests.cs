using System.Security.Authentication;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Kafka.Tests.Connections;

/// <summary>The Kafka face behind TLS.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Zstd)]
    public async Task A_fetch_of_several_mebibytes_gives_the_records_as_they_were_produced(CompressionType compression)
    {
        await using var host = await StartAsync();
        using var client = await ConnectAsync(host);
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        var random = new Random(1);
        List<string> values = [.. Enumerable.Range(0, 8).Select(
            i => $"{i} {Convert.ToHexString(Enumerable.Range(0, 400_000).Select(_ => (byte)random.Next(256)).ToArray())}")];
        foreach (var value in values)
        {
            var produced = await client.AskAsync<ProduceResponse>(
                Ask.Produce("t", 0, Ask.Batch(new RecordBatchOptions { Compression = compression }, value)), 9);
            Assert.Equal(0, produced.Responses[0].PartitionResponses[0].ErrorCode);
        }

        var fetched = await client.AskAsync<FetchResponse>(Ask.Fetch("t", 0, 0, maxBytes: 50_000_000, partitionMaxBytes: 50_000_000), 11);
        Assert.Equal(values, Ask.Values(fetched.Responses[0].Partitions[0]));
    }

    [Fact]
    public async Task Requests_are_pipelined_and_a_fetch_waits_for_records_as_without_it()
    {
        await using var host = await StartAsync();
        using var client = await ConnectAsync(host);
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        await client.SendAsync(Ask.Fetch("t", 0, 0, maxWaitMs: 20_000), 11);
        await client.SendAsync(Ask.Produce("t", 0, Ask.Batch("a")), 7);
        Assert.Equal(["a"], Ask.Values((await client.ReceiveAsync<FetchResponse>(11)).Response.Responses[0].Partitions[0]));
        Assert.Equal(0, (await client.ReceiveAsync<ProduceResponse>(7)).Response.Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public async Task A_client_that_speaks_plainly_is_cut_off_and_others_go_on()
    {
        await using var host = await StartAsync();
        using var good = await ConnectAsync(host);
        using var plain = await host.ConnectAsync();
        await plain.SendAsync(new ApiVersionsRequest(), 0);
        Assert.True(await plain.IsClosedAsync());
        await host.CutAsync("tls");
        Assert.Equal(0, (await good.AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0)).ErrorCode);
    }

    [Fact]
    public async Task A_client_that_sends_no_sound_handshake_is_cut_off()
    {
        await using var host = await StartAsync();
        using var odd = await host.ConnectAsync();
        await odd.SendAsync(new byte[] { 0x16, 3, 1, 0, 4, 9, 9, 9, 9 });
        await host.CutAsync("tls");
    }

    [Fact]
    public async Task A_client_that_does_not_trust_the_certificate_does_not_stay()
    {
        await using var host = await StartAsync();
        await Assert.ThrowsAsync<AuthenticationException>(() => WireClient.ConnectAsync(host.EndPoint, static (_, _, _, _) => false));
        using var good = await ConnectAsync(host);
        Assert.Equal(0, (await good.AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0)).ErrorCode);
    }

    [Fact]
    public async Task A_client_that_speaks_TLS_to_a_plain_port_is_cut_off_and_others_go_on()
    {
        await using var host = await KafkaHost.StartAsync();
        using var good = await host.ConnectAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => ConnectAsync(host));
        await host.CutAsync("tls");
        Assert.Equal(0, (await good.AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0)).ErrorCode);
    }

    public void Dispose() => _certificates.Dispose();

    private Task<KafkaHost> StartAsync() => KafkaHost.StartAsync(tls: _certificates.Options);

    private Task<WireClient> ConnectAsync(KafkaHost host) => WireClient.ConnectAsync(host.EndPoint, _certificates.Judge);
}
