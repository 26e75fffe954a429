using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using CloudStream.Storage.Aws.Options;
using CloudStream.Storage.Metadata;

namespace CloudStream.Storage.Aws.Tests;

/// <summary>What answers, and answers that do not come, mean; each call asks once.</summary>
public sealed class FailureTests
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    [Theory]
    [InlineData(400, "ProvisionedThroughputExceededException", StoreErrorKind.Throttled, StoreErrorKind.Throttled)]
    [InlineData(400, "ThrottlingException", StoreErrorKind.Throttled, StoreErrorKind.Throttled)]
    [InlineData(400, "RequestLimitExceeded", StoreErrorKind.Throttled, StoreErrorKind.Throttled)]
    [InlineData(500, "InternalServerError", StoreErrorKind.Ambiguous, StoreErrorKind.Unavailable)]
    [InlineData(503, "ServiceUnavailable", StoreErrorKind.Ambiguous, StoreErrorKind.Unavailable)]
    [InlineData(400, "ResourceNotFoundException", StoreErrorKind.Refused, StoreErrorKind.Refused)]
    [InlineData(400, "AccessDeniedException", StoreErrorKind.Refused, StoreErrorKind.Refused)]
    [InlineData(400, "UnrecognizedClientException", StoreErrorKind.Refused, StoreErrorKind.Refused)]
    [InlineData(400, "ExpiredTokenException", StoreErrorKind.Refused, StoreErrorKind.Refused)]
    [InlineData(400, "ValidationException", StoreErrorKind.Refused, StoreErrorKind.Refused)]
    public async Task An_answer_of_the_table_says_what_became_of_a_write(int status, string type, StoreErrorKind write, StoreErrorKind read)
    {
        using var server = LoopbackServer.Answering(
            status, $$"""{"__type":"com.amazonaws.dynamodb.v20120810#{{type}}","message":"because"}""", "application/x-amz-json-1.0");
        using var stores = Open(server.Address);

        var failure = await FailsAsync(write, () => PutAsync(stores));
        Assert.Equal(1, server.Requests);
        Assert.Contains("writing register t/a in table registers", failure.Message, StringComparison.Ordinal);
        Assert.Contains(type, failure.Message, StringComparison.Ordinal);
        await FailsAsync(write, () => stores.Metadata.DeleteAsync("t/a", 1, s_none).AsTask());
        await FailsAsync(read, () => stores.Metadata.GetAsync("t/a", s_none).AsTask());
        Assert.Equal(3, server.Requests);
    }

    [Theory]
    [InlineData(503, "SlowDown", StoreErrorKind.Throttled)]
    [InlineData(500, "InternalError", StoreErrorKind.Unavailable)]
    [InlineData(503, "ServiceUnavailable", StoreErrorKind.Unavailable)]
    [InlineData(400, "BadDigest", StoreErrorKind.Unavailable)]
    [InlineData(400, "RequestTimeout", StoreErrorKind.Unavailable)]
    [InlineData(404, "NoSuchKey", StoreErrorKind.NotFound)]
    [InlineData(404, "NoSuchBucket", StoreErrorKind.Refused)]
    [InlineData(403, "AccessDenied", StoreErrorKind.Refused)]
    [InlineData(403, "SignatureDoesNotMatch", StoreErrorKind.Refused)]
    [InlineData(403, "RequestTimeTooSkewed", StoreErrorKind.Refused)]
    [InlineData(403, "InvalidObjectState", StoreErrorKind.Refused)]
    [InlineData(400, "ExpiredToken", StoreErrorKind.Refused)]
    [InlineData(400, "KMS.DisabledException", StoreErrorKind.Refused)]
    public async Task An_answer_of_the_bucket_says_what_became_of_a_call(int status, string code, StoreErrorKind kind)
    {
        using var server = LoopbackServer.Answering(
            status, $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>because</Message></Error>", "application/xml");
        using var stores = Open(server.Address);

        var failure = await FailsAsync(kind, () => stores.Objects.PutAsync("a/b", [new byte[10]], s_none).AsTask());
        Assert.Contains("writing object a/b in bucket log", failure.Message, StringComparison.Ordinal);
        Assert.Contains(code, failure.Message, StringComparison.Ordinal);
        await FailsAsync(kind, () => stores.Objects.GetRangeAsync("a/b", 0, new byte[10], s_none).AsTask());
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task A_connection_that_breaks_leaves_a_write_to_the_table_in_doubt_and_nothing_else()
    {
        using var server = LoopbackServer.HangingUp();
        await AnswerDoesNotComeAsync(server.Address, 60);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_leaves_a_write_to_the_table_in_doubt_and_nothing_else()
    {
        using var server = LoopbackServer.KeepingSilent();
        await AnswerDoesNotComeAsync(server.Address, 1);
    }

    [Fact]
    public async Task What_was_never_sent_changed_nothing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        listener.Stop();
        using var stores = Open(address);

        await FailsAsync(StoreErrorKind.Unavailable, () => PutAsync(stores));
        await FailsAsync(StoreErrorKind.Unavailable, () => stores.Metadata.GetAsync("t/a", s_none).AsTask());
        await FailsAsync(StoreErrorKind.Unavailable, () => stores.Objects.PutAsync("a/b", [new byte[10]], s_none).AsTask());
    }

    private static async Task AnswerDoesNotComeAsync(Uri address, int seconds)
    {
        using var stores = Open(address, seconds);
        await FailsAsync(StoreErrorKind.Ambiguous, () => PutAsync(stores));
        await FailsAsync(StoreErrorKind.Ambiguous, () => stores.Metadata.DeleteAsync("t/a", 1, s_none).AsTask());
        await FailsAsync(StoreErrorKind.Unavailable, () => stores.Metadata.GetAsync("t/a", s_none).AsTask());
        await FailsAsync(StoreErrorKind.Unavailable, () => stores.Metadata.GetRangeAsync("t/", 0, 4, s_none).AsTask());
        await FailsAsync(StoreErrorKind.Unavailable, () => stores.Objects.PutAsync("a/b", [new byte[10]], s_none).AsTask());
        await FailsAsync(StoreErrorKind.Unavailable, () => stores.Objects.GetSizeAsync("a/b", s_none).AsTask());
    }

    private static Task<PutResult> PutAsync(AwsStores stores) =>
        stores.Metadata.PutAsync("t/a", new byte[10], 1, new WriteId(1, 2), s_none).AsTask();

    private static AwsStores Open(Uri address, int seconds = 60) => AwsStores.Open(new AwsStoreOptions
    {
        Bucket = "log",
        Table = "registers",
        S3Endpoint = address,
        DynamoDbEndpoint = address,
        Credentials = new BasicAWSCredentials("test", "testtesttest"),
        TableTimeout = TimeSpan.FromSeconds(seconds),
        ObjectTimeout = TimeSpan.FromSeconds(seconds),
    });

    private static async Task<StoreException> FailsAsync(StoreErrorKind kind, Func<Task> call)
    {
        var failure = await Assert.ThrowsAsync<StoreException>(call);
        Assert.True(failure.Kind == kind, $"{failure.Kind} and not {kind}: {failure}");
        return failure;
    }
}
