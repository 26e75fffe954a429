using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using CloudStream.Storage.Aws.Options;
using CloudStream.Storage.Aws.Requests;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Aws.Objects;

/// <summary>
/// Objects of an S3 bucket, one each. A put carries the checksum that its maker knows, and the bucket takes no other bytes; it is made once
/// and may be made again by the caller, since a name is never given to other bytes.
/// </summary>
internal sealed class S3ObjectStore(IAmazonS3 client, AwsStoreOptions options) : IObjectStore
{
    // As many as a request of S3 takes.
    private const int DeletesAtOnce = 1000;

    private readonly string _prefix = options.Prefix.Length == 0 ? "" : options.Prefix + "/";

    // Over TLS nobody can change the bytes, and their checksum goes along: hashing them a second time to sign them would cost more than
    // sending them.
    private readonly bool _signsContent = options.S3Endpoint is { Scheme: "http" };

    /// <inheritdoc/>
    public async ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken)
    {
        ObjectNames.Check(name);
        var crc = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(crc, CheckedContent.CrcOf(content));
        await using var stream = new PieceStream(content);
        var request = new PutObjectRequest
        {
            BucketName = options.Bucket,
            Key = _prefix + name,
            InputStream = stream,
            AutoCloseStream = false,
            ContentType = "application/octet-stream",
            ChecksumCRC32C = Convert.ToBase64String(crc),
            UseChunkEncoding = false,
            DisablePayloadSigning = !_signsContent,
        };
        await RunAsync(token => client.PutObjectAsync(request, token), stream.Length, $"writing object {name}", cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ObjectNames.Check(name);
        ObjectRanges.Check(name, position);
        if (destination.IsEmpty)
        {
            await GetSizeAsync(name, cancellationToken).ConfigureAwait(false);
            return 0;
        }

        var request = new GetObjectRequest
        {
            BucketName = options.Bucket,
            Key = _prefix + name,
            ByteRange = new ByteRange(position, position + destination.Length - 1),
        };
        return await RunAsync(
            async token =>
            {
                try
                {
                    using var answer = await client.GetObjectAsync(request, token).ConfigureAwait(false);
                    var wanted = (int)Math.Min(destination.Length, answer.ContentLength);
                    var read = await answer.ResponseStream.ReadAtLeastAsync(destination[..wanted], wanted, false, token)
                        .ConfigureAwait(false);
                    return read == wanted ? read : throw new IOException($"{read} of {wanted} bytes came");
                }
                catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                {
                    return 0; // At or past the end.
                }
            },
            destination.Length, $"reading object {name}", cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken)
    {
        ObjectNames.Check(name);
        var request = new GetObjectMetadataRequest { BucketName = options.Bucket, Key = _prefix + name };
        var answer = await RunAsync(
            token => client.GetObjectMetadataAsync(request, token), 0, $"reading the size of object {name}", cancellationToken)
            .ConfigureAwait(false);
        return answer.ContentLength;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectNames.CheckPrefix(prefix);
        var request = new ListObjectsV2Request { BucketName = options.Bucket, Prefix = _prefix + prefix };
        do
        {
            var page = await RunAsync(
                token => client.ListObjectsV2Async(request, token), 0, $"listing objects '{prefix}'", cancellationToken)
                .ConfigureAwait(false);
            foreach (var found in page.S3Objects ?? [])
                yield return new ObjectInfo(found.Key[_prefix.Length..], found.Size.GetValueOrDefault());
            request.ContinuationToken = page.IsTruncated.GetValueOrDefault() ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (var name in names)
            ObjectNames.Check(name);
        foreach (var some in names.Chunk(DeletesAtOnce))
        {
            var request = new DeleteObjectsRequest
            {
                BucketName = options.Bucket,
                Quiet = true,
                Objects = [.. some.Select(n => new KeyVersion { Key = _prefix + n })],
            };
            await RunAsync(token => client.DeleteObjectsAsync(request, token), 0, $"deleting {some.Length} objects", cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private async ValueTask<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> call, long bytes, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await Attempt.RunAsync(
                call, options.ObjectTimeout + (options.ObjectTimeoutPerMiB * (bytes / 1048576.0)), $"{what} in bucket {options.Bucket}",
                isInDoubt: false, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e) when (e.InnerException is DeleteObjectsException { Response.DeleteErrors: [var first, ..] })
        {
            throw new StoreException(
                first.Code is "AccessDenied" ? StoreErrorKind.Refused : StoreErrorKind.Unavailable, $"{what}: {first.Code}", e);
        }
    }
}
