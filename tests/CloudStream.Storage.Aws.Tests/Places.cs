using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using CloudStream.Storage.Aws.Options;

namespace CloudStream.Storage.Aws.Tests;

/// <summary>
/// Where the tests find S3 and DynamoDB, or what speaks as they do: CLOUDSTREAM_TEST_S3 and CLOUDSTREAM_TEST_DYNAMODB name their endpoints.
/// What is not there is skipped. Each caller gets a bucket or a table of its own.
/// </summary>
internal static class Places
{
    private static readonly BasicAWSCredentials s_credentials = new(
        Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") ?? "test",
        Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY") ?? "testtesttest");

    private static int s_made;

    /// <summary>The options for a place whose bucket and table need not exist.</summary>
    public static AwsStoreOptions Options(string bucket = "none", string table = "none") => new()
    {
        Bucket = bucket,
        Table = table,
        Region = "us-east-1",
        S3Endpoint = Endpoint("CLOUDSTREAM_TEST_S3"),
        DynamoDbEndpoint = Endpoint("CLOUDSTREAM_TEST_DYNAMODB"),
        Credentials = s_credentials,
        TableTimeout = TimeSpan.FromSeconds(30), // The emulator shares the machine with the tests.
        ObjectTimeout = TimeSpan.FromSeconds(60),
    };

    /// <summary>Whether S3 is versitygw over a folder (CLOUDSTREAM_TEST_S3_FILES=1).</summary>
    public static bool KeepsObjectsAsFiles => Environment.GetEnvironmentVariable("CLOUDSTREAM_TEST_S3_FILES") == "1";

    /// <summary>A new bucket.</summary>
    public static async Task<string> NewBucketAsync()
    {
        var endpoint = Needed("CLOUDSTREAM_TEST_S3");
        using var client = new AmazonS3Client(
            s_credentials, new AmazonS3Config { ServiceURL = endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        var name = NewName();
        await client.PutBucketAsync(new PutBucketRequest { BucketName = name }, TestContext.Current.CancellationToken);
        return name;
    }

    /// <summary>A new table.</summary>
    public static async Task<string> NewTableAsync()
    {
        var endpoint = Needed("CLOUDSTREAM_TEST_DYNAMODB");
        using var client = new AmazonDynamoDBClient(
            s_credentials, new AmazonDynamoDBConfig { ServiceURL = endpoint, AuthenticationRegion = "us-east-1" });
        var name = NewName();
        await client.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = name,
                BillingMode = BillingMode.PAY_PER_REQUEST,
                AttributeDefinitions = [new("p", ScalarAttributeType.S), new("s", ScalarAttributeType.S)],
                KeySchema = [new("p", KeyType.HASH), new("s", KeyType.RANGE)],
            },
            TestContext.Current.CancellationToken);
        return name;
    }

    private static string NewName() =>
        $"cloudstream-{Environment.ProcessId}-{DateTime.UtcNow.Ticks:x}-{Interlocked.Increment(ref s_made)}";

    private static Uri? Endpoint(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } endpoint ? new Uri(endpoint) : null;

    private static string Needed(string variable)
    {
        var endpoint = Environment.GetEnvironmentVariable(variable);
        Assert.SkipUnless(!string.IsNullOrEmpty(endpoint), $"{variable} names no endpoint.");
        return endpoint!;
    }
}
