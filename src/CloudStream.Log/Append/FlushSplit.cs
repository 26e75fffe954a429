using System.Runtime.InteropServices;
using CloudStream.Log.Flushes;

namespace CloudStream.Log.Append;

/// <summary>
/// Divides what a shard seals at once into flushes: a partition with enough bytes gets an object of its own, which no merge has to write
/// again; the others share one. All of them are uploaded side by side and committed together.
/// </summary>
internal static class FlushSplit
{
    /// <summary>
    /// The appends of each flush, none for none; partitions with objects of their own in order of their first append, the shared flush
    /// last.
    /// </summary>
    /// <param name="appends">What is sealed, in order of arrival.</param>
    /// <param name="aloneBytes">From how many bytes on a partition gets its own object.</param>
    public static List<List<PendingAppend>> Of(List<PendingAppend> appends, long aloneBytes)
    {
        if (appends.Count == 0)
            return [];
        if (appends.Sum(static a => (long)a.Length) < aloneBytes)
            return [appends];
        var bytes = BytesBySlot(appends);
        if (bytes.Count == 1 || !bytes.Values.Any(b => b >= aloneBytes))
            return [appends];

        var alone = new Dictionary<int, List<PendingAppend>>();
        var shared = new List<PendingAppend>();
        var flushes = new List<List<PendingAppend>>();
        foreach (var append in appends)
        {
            if (bytes[append.Slot] < aloneBytes)
            {
                shared.Add(append);
                continue;
            }

            if (!alone.TryGetValue(append.Slot, out var own))
            {
                alone.Add(append.Slot, own = []);
                flushes.Add(own);
            }

            own.Add(append);
        }

        if (shared.Count > 0)
            flushes.Add(shared);
        return flushes;
    }

    private static Dictionary<int, long> BytesBySlot(List<PendingAppend> appends)
    {
        var bytes = new Dictionary<int, long>();
        foreach (var append in appends)
            CollectionsMarshal.GetValueRefOrAddDefault(bytes, append.Slot, out _) += append.Length;
        return bytes;
    }
}
