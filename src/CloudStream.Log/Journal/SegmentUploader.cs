using CloudStream.Log.Flushes;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Journal;

/// <summary>Puts a sealed flush into the object store as a segment object. Puts of the same bytes under the same name may repeat, so an ambiguous outcome is simply retried.</summary>
internal sealed class SegmentUploader(int shard, IObjectStore objects, BrokerRuntime runtime)
{
    /// <exception cref="StoreException">The store refuses for good. Transient failures are retried until they pass.</exception>
    public async Task UploadAsync(Flush flush, CancellationToken cancellationToken)
    {
        var pieces = new ReadOnlyMemory<byte>[flush.Buffer.Pieces.Count];
        for (var i = 0; i < pieces.Length; i++)
            pieces[i] = flush.Buffer.Pieces[i];
        var content = SegmentAssembly.Create(new SegmentHeader(flush.Object, shard), pieces, flush.Directory, flush.DataCrc).Content;
        var name = flush.Object.NameIn(shard);
        var backoff = new Backoff(runtime);
        while (true)
        {
            try
            {
                await objects.PutAsync(name, content, cancellationToken);
                return;
            }
            catch (StoreException e) when (e.IsTransient)
            {
                await backoff.WaitAsync(cancellationToken);
            }
        }
    }
}
