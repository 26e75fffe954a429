using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.S3;
using Amazon.S3.Model;
using CloudStream.Storage.Aws.Options;
using CloudStream.Storage.Aws.Registers;
using CloudStream.Storage.Aws.Requests;

namespace CloudStream.Storage.Aws.Preparing;

/// <summary>What is done once before a bucket and a table are used: are they there, may they be used, do they have the shape?</summary>
internal sealed class Preparation(IAmazonS3 s3, IAmazonDynamoDB tables, AwsStoreOptions options)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10), s_look = TimeSpan.FromMilliseconds(500);

    /// <summary>Of the bucket.</summary>
    public async Task BucketAsync(bool create, CancellationToken cancellationToken)
    {
        try
        {
            var request = new ListObjectsV2Request { BucketName = options.Bucket, Prefix = options.Prefix, MaxKeys = 1 };
            await RunAsync(token => s3.ListObjectsV2Async(request, token), $"listing bucket {options.Bucket}", cancellationToken)
                .ConfigureAwait(false);
        }
        catch (StoreException e) when (create && e.InnerException is AmazonS3Exception { ErrorCode: "NoSuchBucket" })
        {
            await RunAsync(
                async token =>
                {
                    try
                    {
                        return await s3.PutBucketAsync(new PutBucketRequest { BucketName = options.Bucket }, token).ConfigureAwait(false);
                    }
                    catch (AmazonS3Exception made) when (made.ErrorCode is "BucketAlreadyOwnedByYou")
                    {
                        return null; // By a broker that starts at the same time.
                    }
                },
                $"creating bucket {options.Bucket}", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Of the table.</summary>
    public async Task TableAsync(bool create, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var described = await RunAsync(
                    token => tables.DescribeTableAsync(options.Table, token), $"describing table {options.Table}", cancellationToken)
                    .ConfigureAwait(false);
                RequireShape(described.Table);
                if (described.Table.TableStatus != TableStatus.CREATING)
                    return;
            }
            catch (StoreException e) when (create && e.InnerException is ResourceNotFoundException)
            {
                await CreateTableAsync(cancellationToken).ConfigureAwait(false);
            }

            await Task.Delay(s_look, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CreateTableAsync(CancellationToken cancellationToken)
    {
        var request = new CreateTableRequest
        {
            TableName = options.Table,
            BillingMode = BillingMode.PAY_PER_REQUEST,
            AttributeDefinitions = [new(TableKey.Partition, ScalarAttributeType.S), new(TableKey.Sort, ScalarAttributeType.S)],
            KeySchema = [new(TableKey.Partition, KeyType.HASH), new(TableKey.Sort, KeyType.RANGE)],
        };
        await RunAsync(
            async token =>
            {
                try
                {
                    return await tables.CreateTableAsync(request, token).ConfigureAwait(false);
                }
                catch (ResourceInUseException)
                {
                    return null; // By a broker that starts at the same time.
                }
            },
            $"creating table {options.Table}", cancellationToken).ConfigureAwait(false);
    }

    private void RequireShape(TableDescription table)
    {
        var keys = table.KeySchema.OrderBy(k => k.KeyType == KeyType.RANGE).Select(k => k.AttributeName);
        if (!keys.SequenceEqual([TableKey.Partition, TableKey.Sort])
            || table.AttributeDefinitions.Exists(
                a => a.AttributeName is TableKey.Partition or TableKey.Sort && a.AttributeType != ScalarAttributeType.S))
            throw new StoreException(StoreErrorKind.Refused,
                $"table {options.Table} was not made for CloudStream: its keys must be the strings '{TableKey.Partition}' (partition key) "
                    + $"and '{TableKey.Sort}' (sort key)");
    }

    private static ValueTask<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, string what, CancellationToken cancellationToken) =>
        Attempt.RunAsync(call, s_timeout, what, isInDoubt: false, cancellationToken);
}
