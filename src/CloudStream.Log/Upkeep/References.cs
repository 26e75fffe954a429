using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Everything that a shard's state refers to: live objects, the checkpoint, pages and what they list, and the trash, which has a grace of
/// its own.
/// </summary>
internal sealed class References(IObjectStore store, int shard)
{
    private readonly PageStore _pages = new(store, shard);

    /// <summary>Takes what the state refers to out of <paramref name="candidates"/>; stops reading when none is left.</summary>
    /// <exception cref="StoreException">A page or directory cannot be read; then it is unknown what the state refers to.</exception>
    public async ValueTask RemoveFromAsync(HashSet<ObjectRef> candidates, ShardState state, CancellationToken cancellationToken)
    {
        candidates.ExceptWith(state.Objects.Keys);
        if (state.Checkpoint is { } checkpoint)
            candidates.Remove(checkpoint);
        candidates.ExceptWith(state.Trash.Select(t => t.Object));
        candidates.ExceptWith(state.Partitions.Values.SelectMany(p => p.Pages).Select(p => p.Page));
        foreach (var page in state.Partitions.Values.SelectMany(p => p.Pages))
            await RemoveTreeAsync(candidates, page.Page, mayBeGone: false, cancellationToken);
        foreach (var item in state.Trash)
        {
            if (item.Kind == TrashKind.PageTree)
                await RemoveTreeAsync(candidates, item.Object, mayBeGone: true, cancellationToken);
            else if (item.Kind == TrashKind.InputsOf)
                await RemoveInputsAsync(candidates, item.Object, cancellationToken);
        }
    }

    private async ValueTask RemoveTreeAsync(
        HashSet<ObjectRef> candidates, ObjectRef root, bool mayBeGone, CancellationToken cancellationToken)
    {
        if (candidates.Count == 0)
            return;
        candidates.Remove(root);
        IndexPage page;
        try
        {
            page = await _pages.ReadAsync(root, cancellationToken);
        }
        catch (StoreException e) when (mayBeGone && e.Kind == StoreErrorKind.NotFound)
        {
            return; // Trees are deleted from the leaves up.
        }

        candidates.ExceptWith(page.Slices.Select(s => s.Object));
        foreach (var below in page.Pages)
            await RemoveTreeAsync(candidates, below.Page, mayBeGone, cancellationToken);
    }

    private async ValueTask RemoveInputsAsync(HashSet<ObjectRef> candidates, ObjectRef merged, CancellationToken cancellationToken)
    {
        if (candidates.Count == 0)
            return;
        try
        {
            var directory = await SegmentDirectoryReader.ReadMergeAsync(store, merged.NameIn(shard), cancellationToken);
            candidates.ExceptWith(directory.Inputs);
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
        {
            // The merged object is deleted after its inputs.
        }
    }
}
