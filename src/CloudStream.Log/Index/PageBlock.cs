using CloudStream.Log.Cache;
using CloudStream.Log.State;

namespace CloudStream.Log.Index;

/// <summary>A cached index page. Immutable.</summary>
internal sealed class PageBlock(IndexPage page) : Block(ObjectBytes + ((long)EntryBytes * (page.Slices.Length + page.Pages.Length)))
{
    private const int ObjectBytes = 128;
    private const int EntryBytes = 112;

    /// <summary>The page.</summary>
    public IndexPage Page => page;
}
