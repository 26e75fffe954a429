using Amazon;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.S3;
using CloudStream.Storage.Aws.Objects;
using CloudStream.Storage.Aws.Options;
using CloudStream.Storage.Aws.Preparing;
using CloudStream.Storage.Aws.Registers;
using CloudStream.Storage.Aws.Requests;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Aws;

/// <summary>Both stores on AWS, or on what speaks as it does: objects in a bucket, registers in a table.</summary>
public sealed class AwsStores : IDisposable
{
    private readonly Connections _toObjects;
    private readonly Connections _toRegisters;
    private readonly AmazonS3Client _s3;
    private readonly AmazonDynamoDBClient _table;
    private readonly AwsStoreOptions _options;

    private AwsStores(AwsStoreOptions options)
    {
        _options = options;
        _toObjects = new Connections(options.MaxConnections, options.MaxIdle);
        _toRegisters = new Connections(options.MaxConnections, options.MaxIdle);
        var s3 = new AmazonS3Config
        {
            // The checksums of our own, which we know already, and no others.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            ForcePathStyle = options.S3Endpoint is not null,
        };
        var table = new AmazonDynamoDBConfig();
        _s3 = Configure(s3, options, options.S3Endpoint, _toObjects) is { } who ? new AmazonS3Client(who, s3) : new AmazonS3Client(s3);
        _table = Configure(table, options, options.DynamoDbEndpoint, _toRegisters) is { } asker
            ? new AmazonDynamoDBClient(asker, table)
            : new AmazonDynamoDBClient(table);
        Objects = new S3ObjectStore(_s3, options);
        Metadata = new DynamoMetadataStore(_table, options.Table, options.TableTimeout);
    }

    /// <summary>The objects.</summary>
    public IObjectStore Objects { get; }

    /// <summary>The registers.</summary>
    public IMetadataStore Metadata { get; }

    /// <summary>Opens the stores; nothing is asked of them before the first call.</summary>
    /// <exception cref="StoreException">Refused: there is no region, or what is said of the place makes no sense.</exception>
    public static AwsStores Open(AwsStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            return new AwsStores(options);
        }
        catch (AmazonClientException e)
        {
            throw new StoreException(StoreErrorKind.Refused, $"the stores on AWS cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>
    /// Looks whether bucket and table are there and may be used, and makes what is missing and may be made. A store that does not answer
    /// now is left to whoever asks it next.
    /// </summary>
    /// <param name="createBucket">Whether a bucket that is missing is made.</param>
    /// <param name="createTable">Whether a table that is missing is made: billed by the request.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">Refused: one is missing, may not be used, or is of another shape.</exception>
    public async Task PrepareAsync(bool createBucket, bool createTable, CancellationToken cancellationToken)
    {
        var preparation = new Preparation(_s3, _table, _options);
        await Task.WhenAll(
            IgnoringOutagesAsync(preparation.BucketAsync(createBucket, cancellationToken)),
            IgnoringOutagesAsync(preparation.TableAsync(createTable, cancellationToken))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _s3.Dispose();
        _table.Dispose();
        _toObjects.Dispose();
        _toRegisters.Dispose();
    }

    private static async Task IgnoringOutagesAsync(Task preparation)
    {
        try
        {
            await preparation.ConfigureAwait(false);
        }
        catch (StoreException e) when (e.IsTransient)
        {
            // The broker waits for its stores.
        }
    }

    // A request is made once: the SDK's own retries would turn our success into a refusal, and our back-off is jittered and counted.
    private static AWSCredentials? Configure(ClientConfig config, AwsStoreOptions options, Uri? endpoint, Connections connections)
    {
        config.MaxErrorRetry = 0;
        config.MaxStaleConnectionRetries = 0;
        config.ThrottleRetries = false;
        config.HttpClientFactory = connections;
        if (endpoint is not null)
        {
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = options.Region ?? "us-east-1"; // Whoever answers there has none; the signature wants one.
        }
        else if (options.Region is { } here)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(here);
        }

        return options.Credentials;
    }
}
