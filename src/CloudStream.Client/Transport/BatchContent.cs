using System.Net;
using System.Net.Http.Headers;

namespace CloudStream.Client.Transport;

/// <summary>
/// The body of a produce: the batch's own bytes, uncopied. It knows whether a byte may have left (else the append surely has not happened)
/// and says when all have, so that the next batch of the partition may follow on another connection.
/// </summary>
internal sealed class BatchContent : HttpContent
{
    private static readonly MediaTypeHeaderValue MediaType = new("application/vnd.cloudstream.batches");

    private readonly ReadOnlyMemory<byte> _batches;
    private readonly Action<BatchContent>? _written;
    private int _writes;
    private int _endedWrites;

    public BatchContent(ReadOnlyMemory<byte> batches, Action<BatchContent>? written)
    {
        _batches = batches;
        _written = written;
        Headers.ContentType = MediaType;
        Headers.ContentLength = batches.Length;
    }

    public bool WasStarted => _writes > 0;

    /// <summary>Whether nobody is reading the bytes any more.</summary>
    public bool IsDone => Volatile.Read(ref _writes) == Volatile.Read(ref _endedWrites);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        try
        {
            await stream.WriteAsync(_batches, cancellationToken);
            await stream.FlushAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Increment(ref _endedWrites);
        }

        _written?.Invoke(this);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _batches.Length;
        return true;
    }
}
