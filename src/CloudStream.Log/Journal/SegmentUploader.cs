using System.Globalization;
using CloudStream.Log.Flushes;
using CloudStream.Log.Health;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Journal;

/// <summary>
/// Puts a sealed flush into the object store as a segment object. Puts of the same bytes under the same name may repeat, so an ambiguous
/// outcome is simply retried.
/// </summary>
internal sealed class SegmentUploader(ShardContext context)
{
    private readonly int _shard = context.Number;
    private readonly IObjectStore _objects = context.Stores.Objects;
    private readonly BrokerRuntime _runtime = context.Runtime;

    // So that an upload that succeeds, as nearly all do, has nothing to tell.
    private volatile bool _isTroubled;

    private string Key => _shard.ToString(CultureInfo.InvariantCulture);

    /// <exception cref="StoreException">The store refuses for good. Transient failures are retried until they pass.</exception>
    public async Task UploadAsync(Flush flush, CancellationToken cancellationToken)
    {
        var pieces = new ReadOnlyMemory<byte>[flush.Buffer.Pieces.Count];
        for (var i = 0; i < pieces.Length; i++)
            pieces[i] = flush.Buffer.Pieces[i];
        var content = SegmentAssembly.Create(new SegmentHeader(flush.Object, _shard), pieces, flush.Directory, flush.DataCrc).Content;
        var name = flush.Object.NameIn(_shard);
        var backoff = new Backoff(_runtime);
        while (true)
        {
            try
            {
                await _objects.PutAsync(name, content, cancellationToken);
                if (_isTroubled)
                    context.Troubles.Writes.Over(TroubleKind.Uploads, Key);
                _isTroubled = false;
                return;
            }
            catch (StoreException e)
            {
                _isTroubled = true;
                context.Troubles.Writes.Met(TroubleKind.Uploads, Key, $"Putting records of shard {_shard} into the object store", e,
                    backoff.Failures + 1);
                if (!e.IsTransient)
                    throw;
                context.Metrics.StoreRetries.Add(1);
                await backoff.WaitAsync(cancellationToken);
            }
        }
    }
}
