using CloudStream.Cluster.Registers;
using CloudStream.Storage;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;

namespace CloudStream.Cluster.Formation;

/// <summary>
/// The object <c>TAG/cluster</c>: holds the cluster's whole id beside its objects. Put before the cluster's register is written, so a
/// register without it never belonged to this store. One without a register was left by a founding that came no further; it holds nothing.
/// </summary>
internal static class ClusterMark
{
    /// <summary>The object's name behind the tag.</summary>
    public const string Name = "cluster";

    private const int MaxBytes = 64;

    private static ReadOnlySpan<byte> Magic => "CSCO"u8;

    /// <summary>Says in the store whose the objects are.</summary>
    public static ValueTask PutAsync(IObjectStore store, ClusterRegister cluster, CancellationToken cancellationToken) =>
        cluster.ObjectsIn(store).PutAsync(Name, [Encode(cluster.ClusterId)], cancellationToken);

    /// <summary>Fails unless the store holds this cluster's objects.</summary>
    /// <exception cref="StoreException">Refused: they are another cluster's, or gone.</exception>
    public static async ValueTask CheckAsync(IObjectStore store, ClusterRegister cluster, CancellationToken cancellationToken)
    {
        var bytes = new byte[MaxBytes];
        try
        {
            var count = await cluster.ObjectsIn(store).GetRangeAsync(Name, 0, bytes, cancellationToken);
            var found = Decode(bytes.AsMemory(0, count));
            if (found != cluster.ClusterId)
                throw NotHere(cluster, $"those that lie there are cluster {found}'s");
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
        {
            throw NotHere(cluster, $"there is no '{cluster.Tag}/{Name}'");
        }
    }

    public static ReadOnlyMemory<byte> Encode(string clusterId)
    {
        var writer = RegisterFormat.Begin(Magic);
        writer.String(clusterId);
        return writer.Written;
    }

    public static string Decode(ReadOnlyMemory<byte> value)
    {
        var reader = RegisterFormat.Open(value, Magic, Name);
        var clusterId = reader.String();
        reader.End();
        return clusterId;
    }

    private static StoreException NotHere(ClusterRegister cluster, string why) => new(
        StoreErrorKind.Refused,
        $"the registers are of cluster {cluster.ClusterId}, and the object store does not hold its objects ({why}); "
        + "nothing was changed. Put registers and objects together that belong together, or choose another place");
}
