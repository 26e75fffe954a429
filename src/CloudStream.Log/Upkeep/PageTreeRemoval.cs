using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Deletes an index page and everything below it, from the leaves up: so a page that is gone says that everything below it is gone, and
/// the work can stop anywhere and begin again at the root.
/// </summary>
internal sealed class PageTreeRemoval(IObjectStore store, PageStore pages, int shard, int maxDeletes)
{
    /// <summary>Objects deleted so far.</summary>
    public int Deleted { get; private set; }

    /// <summary>Why a page of the tree could not be read; what it lists is left to the orphan sweep.</summary>
    public string? Damaged { get; private set; }

    /// <summary>Deletes; false when the limit was reached before the root went.</summary>
    public async ValueTask<bool> RunAsync(ObjectRef root, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        try
        {
            var page = await pages.ReadAsync(root, cancellationToken);
            foreach (var below in page.Pages)
            {
                if (Deleted >= maxDeletes || !await RunAsync(below.Page, cancellationToken))
                    return false;
            }

            names.AddRange(page.Slices.Select(s => s.Object.NameIn(shard)));
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
        {
            return true;
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Corrupt)
        {
            Damaged = e.Message;
        }

        // Two calls: within one, the page might go before what it lists.
        if (names.Count > 0)
            await store.DeleteAsync(names, cancellationToken);
        await store.DeleteAsync([root.NameIn(shard)], cancellationToken);
        Deleted += names.Count + 1;
        return true;
    }
}
